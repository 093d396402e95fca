"""Link status: what happens to the product links of a video, told at once."""
