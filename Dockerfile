# Untried: nobody needs it, and no Docker was at hand where it was written. It does what the README says, and no more.
#   docker build --tag conciliacao . && docker run --rm conciliacao          # make demo
#   docker run --rm conciliacao make test
FROM debian:bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates git make python3-venv
WORKDIR /conciliacao
COPY . .
RUN make setup
CMD ["make", "demo"]
