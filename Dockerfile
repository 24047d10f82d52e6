# Quad for the large deployment: one image, its processes by command (see compose.yaml).
FROM python:3.11-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install -r requirements.txt
COPY . .
# What a running container never makes itself: compiled translations and the static files, by their hashes.
# The secrets here are for this step alone and are not in the image's settings.
RUN /venv/bin/python -m scripts.compile_messages \
 && QUAD_VAR=/src/var-build QUAD_STATIC_ROOT=/src/static-built QUAD_ENV=production \
    SECRET_KEY=build ALLOWED_HOSTS=build SITE_URL=https://build JWT_PRIVATE_KEY=build \
    FIELD_ENCRYPTION_KEYS=build \
    /venv/bin/python manage.py collectstatic --noinput \
 && rm -rf /src/var-build /src/tests /src/bench

FROM python:3.11-slim-trixie
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/venv/bin:$PATH \
    QUAD_ENV=production QUAD_VAR=/var/lib/quad QUAD_STATIC_ROOT=/app/static-built \
    PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
# pg_dump and pg_restore for `backup` and `restore`; as new as the server in compose.yaml, or newer. Libraries
# and fonts for the PDFs of certificates.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-17 \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-core fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --home-dir /var/lib/quad --create-home --shell /usr/sbin/nologin quad \
 && install --directory --owner=quad --group=quad --mode=0700 /backups
COPY --from=build /venv /venv
COPY --from=build --chown=root:root /src /app
WORKDIR /app
USER quad
VOLUME /var/lib/quad
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/deploy/entrypoint"]
CMD ["web"]
