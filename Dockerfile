# The service as a container. libpq comes from the distribution, with TLS, so that PostgreSQL may be on another host.
FROM rust:1-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends cmake libpq-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Cargo.toml Cargo.lock clippy.toml ./
COPY src src
COPY migrations migrations
COPY templates templates
COPY specs specs
RUN cargo build --release --locked --no-default-features

# The worker runs candidates' code with the toolchains that it finds here, so it gets Rust, a C linker and Python.
FROM rust:1-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git libpq5 python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 worksample \
    && install -d -o worksample -g worksample /var/lib/worksample
COPY --from=build /source/target/release/worksample /usr/local/bin/worksample
COPY --from=build /source/specs /usr/share/worksample/specs
USER worksample
ENV WORKSAMPLE_BIND=0.0.0.0:8080 WORKSAMPLE_DATA_DIR=/var/lib/worksample WORKSAMPLE_LOG_FORMAT=json
VOLUME /var/lib/worksample
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/worksample"]
CMD ["serve"]
