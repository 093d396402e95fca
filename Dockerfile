# syntax=docker/dockerfile:1
FROM python:3.11-slim AS build
WORKDIR /build
COPY pyproject.toml README.md requirements-dev.lock topics.yaml ./
COPY streams streams
COPY schemas schemas
# As constraints, the lock says which versions, and leaves out the tools of development.
RUN python -m venv /opt/link-status \
    && /opt/link-status/bin/pip install --no-cache-dir --constraint requirements-dev.lock '.[schema-registry]'

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/link-status --create-home link-status
COPY --from=build /opt/link-status /opt/link-status
ENV PATH=/opt/link-status/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LINK_STATUS_DATA_DIR=/var/lib/link-status \
    LINK_STATUS_WEB_HOST=0.0.0.0
USER link-status
WORKDIR /var/lib/link-status
VOLUME /var/lib/link-status
EXPOSE 6066
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:6066/livez', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["link-status"]
CMD ["worker"]
