"""Bills of materials of AI: what a model is made of, each part with the grade of its proof."""
