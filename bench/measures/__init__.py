"""One module a measure: each yields its figures as soon as it has them."""
