"""Train the classifier that chooses a queue for a mail."""

from pathlib import Path

import pandas
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skops.io import dump


def train(mails: pandas.DataFrame, model: Path) -> None:
    """Fit on subject and queue; skops keeps the model without code that runs on loading."""
    pipeline = make_pipeline(TfidfVectorizer(min_df=2), LogisticRegression(max_iter=500))
    pipeline.fit(mails["subject"], mails["queue"])
    dump(pipeline, model)


if __name__ == "__main__":
    train(pandas.read_csv("data/mails.csv"), Path("models/classifier/model.skops"))
