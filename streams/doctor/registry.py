"""The schema registry, where there is to be one."""

from collections.abc import Sequence

from streams import schema_registry
from streams.doctor.finding import Finding, Level
from streams.settings import ENV_PREFIX, Settings, WrongSetting
from streams.topics import Topics


async def registry(settings: Settings, declared: Topics) -> Sequence[Finding]:
    """Whether the schema registry can be read, if there is to be one: a worker waits for it."""
    if not settings.schema_registry_url:
        return []
    name = f"{ENV_PREFIX}SCHEMA_REGISTRY_URL"
    try:
        refused = await schema_registry.refusal(settings.schema_registry_url, declared)
    except WrongSetting as wrong:
        return [Finding(Level.FAIL, "registry", str(wrong), "a worker refuses to start until it is")]
    if refused is None:
        return [Finding(Level.OK, "registry", "it can be read; Write cannot be asked for")]
    do = f"see that it runs, and that {name} names it: a worker does not start without it"
    return [Finding(Level.FAIL, "registry", refused, do)]
