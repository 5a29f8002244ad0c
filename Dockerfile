# Kalm in one image; weights are fetched into the data volume at the first start.
FROM python:3.11-slim-bookworm

WORKDIR /kalm
COPY requirements/bot.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/bot.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY handoff handoff
COPY intents intents
COPY voices voices
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && useradd --system --uid 10001 --home-dir /kalm kalm \
    && mkdir /data && chown kalm /data
USER 10001
ENV KALM_HOST=0.0.0.0 KALM_DATA=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=300s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["kalm", "serve"]
