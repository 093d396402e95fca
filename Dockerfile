# syntax=docker/dockerfile:1
# docker build .                  the worker, and every other command of link-status
# docker build --target demo .    a producer that plays a day in a creator's life, round after round
FROM python:3.11-slim AS build
WORKDIR /build
COPY pyproject.toml README.md requirements-dev.lock topics.yaml ./
COPY streams streams
COPY schemas schemas
# As constraints, the lock says which versions, and leaves out the tools of development.
RUN python -m venv /opt/link-status \
    && /opt/link-status/bin/pip install --no-cache-dir --constraint requirements-dev.lock \
        '.[schema-registry,tracing]'

FROM python:3.11-slim AS runtime
RUN useradd --system --uid 10001 --home-dir /var/lib/link-status --create-home link-status
COPY --from=build /opt/link-status /opt/link-status
ENV PATH=/opt/link-status/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# By number, so that Kubernetes can see that it is not root (runAsNonRoot).
USER 10001
WORKDIR /var/lib/link-status
STOPSIGNAL SIGTERM

FROM runtime AS demo
COPY demo /opt/demo/demo
ENV PYTHONPATH=/opt/demo
ENTRYPOINT ["python", "-m", "demo.produce"]

FROM runtime AS link-status
# The root may be read-only: state is all that is written, and it goes into the volume.
ENV LINK_STATUS_DATA_DIR=/var/lib/link-status \
    LINK_STATUS_WEB_HOST=0.0.0.0
VOLUME /var/lib/link-status
EXPOSE 6066
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:%s/livez' % os.getenv('LINK_STATUS_WEB_PORT', 6066), timeout=2)"]
ENTRYPOINT ["link-status"]
CMD ["worker"]
