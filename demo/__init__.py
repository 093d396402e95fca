"""Link status, shown working: `make demo`."""
