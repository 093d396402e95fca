"""A product as one creator has it: the facets that all of this creator's videos share, and those videos."""

from msgspec import Struct, field

from streams.domain.facets import Application, Contact, Invite, Stock


class Product(Struct, array_like=True, gc=False):
    """Facets in the scope creator + product, and the ids of the creator's videos that link it.

    Facts may come before the first link; they are kept and apply when it arrives.
    """

    application: Application | None = None
    invite: Invite | None = None
    stock: Stock | None = None
    videos: list[str] = field(default_factory=list)

    def decide(self, application: Application) -> bool:
        """Take a seller's decision; returns whether it stands."""
        if self.application is not None and not application.fact.supersedes(self.application.fact):
            return False
        self.application = application
        return True

    def invite_until(self, invite: Invite) -> bool:
        """Take an invite's deadline (the first or a renewal); returns whether it stands."""
        if self.invite is not None and not invite.fact.supersedes(self.invite.fact):
            return False
        self.invite = invite
        return True

    def expire_invite(self, deadline: int) -> bool:
        """The moment `deadline` (epoch milliseconds) has come; returns whether the invite expired by it."""
        invite = self.invite
        if invite is None or invite.expired or invite.expires_at != deadline:
            return False
        self.invite = Invite(invite.fact, invite.expires_at, expired=True)
        return True

    def stock_up(self, stock: Stock) -> bool:
        """Take the product's stock; returns whether it stands.

        Without a linking video there is no subscription, so an answer that arrives then is stale and dropped
        (KIP-213).
        """
        if not self.videos or (self.stock is not None and not stock.fact.supersedes(self.stock.fact)):
            return False
        self.stock = stock
        return True

    def link(self, video_id: str) -> None:
        """A video of this creator links the product."""
        if video_id not in self.videos:
            self.videos.append(video_id)

    def unlink(self, video_id: str) -> bool:
        """A video no longer links the product; returns whether it was the last one.

        The stock is then forgotten, since nobody tells it any more.
        """
        if video_id not in self.videos:
            return False
        self.videos.remove(video_id)
        if self.videos:
            return False
        self.stock = None
        return True

    @property
    def rejection(self) -> tuple[bool, bool]:
        """Whether the seller decided, and against it: all that a link's status takes from the application."""
        return self.application is not None, self.rejected

    @property
    def rejected(self) -> bool:
        """Whether the seller decided against it."""
        return self.application is not None and not self.application.approved

    @property
    def contact(self) -> Contact | None:
        """The seller's contact, told with a rejection."""
        return None if self.application is None else self.application.contact

    @property
    def expired(self) -> bool:
        """Whether the invite has expired."""
        return self.invite is not None and self.invite.expired

    @property
    def out_of_stock(self) -> bool:
        """Whether no units are left."""
        return self.stock is not None and self.stock.available == 0

    @property
    def forgotten(self) -> bool:
        """Whether nothing is known any more."""
        return self.application is None and self.invite is None and self.stock is None and not self.videos
