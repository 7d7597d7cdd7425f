"""The protocol of the Hugging Face Hub, as its stock clients speak it."""
