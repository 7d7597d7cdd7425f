"""Objects of the smaller libraries; each is left out where its library is not installed."""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from . import Specimen, attempt

BOTH = ("pickle", "joblib")
STATE = np.random.RandomState(0)
X = STATE.rand(60, 4)
CLASSES = (np.arange(60) % 3 == 0).astype(int)


def specimens() -> Iterator[Specimen]:
    """What users of these libraries save."""
    for library, make in SORTS.items():
        if find_spec(library) is not None:
            yield from make()


def _statsmodels() -> Iterator[Specimen]:
    import statsmodels.api as sm

    yield from attempt("sm_ols", lambda: sm.OLS(X[:, 0], sm.add_constant(X[:, 1:])).fit(), *BOTH)
    yield from attempt("sm_logit", lambda: sm.Logit(CLASSES, X).fit(disp=0), *BOTH)
    yield from attempt("sm_glm", lambda: sm.GLM(CLASSES, X, family=sm.families.Binomial()).fit(), *BOTH)
    yield from attempt("sm_arima", lambda: sm.tsa.ARIMA(X[:, 0], order=(1, 0, 0)).fit(), *BOTH)
    yield from attempt("sm_formula", _formula, *BOTH)


def _formula() -> Any:
    import pandas as pd
    import statsmodels.formula.api as smf

    return smf.ols("a ~ b", pd.DataFrame(X[:, :2], columns=["a", "b"])).fit()


def _imblearn() -> Iterator[Specimen]:
    from imblearn import over_sampling, pipeline
    from imblearn.utils.testing import all_estimators
    from sklearn.linear_model import LogisticRegression

    yield from attempt("imb_pipeline", lambda: pipeline.make_pipeline(
        over_sampling.SMOTE(k_neighbors=2), LogisticRegression()).fit(X, CLASSES), *BOTH)  # fmt: skip
    for name, kind in all_estimators():
        yield from attempt(f"imb_{name}", lambda k=kind: _fit(k()), *BOTH)


def _fit(model: Any) -> Any:
    return model.fit(X, CLASSES)


def _category_encoders() -> Iterator[Specimen]:
    import category_encoders as ce
    import pandas as pd

    frame = pd.DataFrame({"c": list("abc") * 20, "n": X[:, 0]})
    for name in ce.__all__:
        yield from attempt(f"ce_{name}", lambda n=name: getattr(ce, n)(cols=["c"]).fit(frame, CLASSES), *BOTH)


def _gensim() -> Iterator[Specimen]:
    from gensim import corpora, models

    texts = [["a", "b", "c"], ["b", "c"], ["a", "c", "d"]] * 5
    words = corpora.Dictionary(texts)
    bags = [words.doc2bow(t) for t in texts]
    yield from attempt("gensim_dictionary", lambda: words)
    yield from attempt(
        "gensim_word2vec", lambda: models.Word2Vec(texts, vector_size=8, min_count=1, epochs=1)
    )
    yield from attempt(
        "gensim_fasttext", lambda: models.FastText(texts, vector_size=8, min_count=1, epochs=1)
    )
    yield from attempt(
        "gensim_doc2vec",
        lambda: models.Doc2Vec(
            [models.doc2vec.TaggedDocument(t, [i]) for i, t in enumerate(texts)],
            vector_size=8,
            min_count=1,
            epochs=1,
        ),
    )
    yield from attempt("gensim_tfidf", lambda: models.TfidfModel(bags))
    yield from attempt("gensim_lda", lambda: models.LdaModel(bags, num_topics=2, id2word=words))
    yield from attempt("gensim_lsi", lambda: models.LsiModel(bags, num_topics=2, id2word=words))


def _networkx() -> Iterator[Specimen]:
    import networkx as nx

    for name in ("Graph", "DiGraph", "MultiGraph", "MultiDiGraph"):
        yield from attempt(f"nx_{name}", lambda n=name: getattr(nx, n)([(1, 2), (2, 3)]))


def _nltk() -> Iterator[Specimen]:
    import nltk

    rows = [({"a": True}, "x"), ({"b": True}, "y")] * 3
    tagged = [[("a", "DT"), ("cat", "NN")], [("the", "DT"), ("dog", "NN")]]
    yield from attempt("nltk_bayes", lambda: nltk.NaiveBayesClassifier.train(rows))
    yield from attempt("nltk_tree", lambda: nltk.DecisionTreeClassifier.train(rows))
    yield from attempt("nltk_unigram", lambda: nltk.UnigramTagger(tagged, backoff=nltk.DefaultTagger("NN")))
    yield from attempt("nltk_bigram", lambda: nltk.BigramTagger(tagged))
    yield from attempt("nltk_freq", lambda: [nltk.FreqDist("aab"), nltk.ConditionalFreqDist([("a", "b")])])
    yield from attempt("nltk_stem", lambda: [nltk.PorterStemmer(), nltk.SnowballStemmer("english")])
    yield from attempt("nltk_punkt", lambda: nltk.tokenize.punkt.PunktSentenceTokenizer("A b. C d. E f."))
    yield from attempt("nltk_words", lambda: [nltk.RegexpTokenizer(r"\w+"), nltk.TreebankWordTokenizer()])


def _clusters() -> Iterator[Specimen]:
    if find_spec("hdbscan"):  # umap saves code by value, and is refused
        import hdbscan

        yield from attempt(
            "hdbscan", lambda: hdbscan.HDBSCAN(min_cluster_size=5, prediction_data=True).fit(X), *BOTH
        )


def _polars() -> Iterator[Specimen]:
    import polars as pl

    frame = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    yield from attempt("polars", lambda: [frame, frame["a"], pl.Int64, pl.Int64()], *BOTH)
    yield from attempt("polars_lazy", lambda: frame.lazy())


def _pyarrow() -> Iterator[Specimen]:
    import pyarrow as pa

    table = pa.table({"a": [1, None], "b": ["x", "y"], "c": [[1], [2, 3]], "d": [{"k": 1}, {"k": 2}]})
    yield from attempt("arrow_table", lambda: table, *BOTH)
    yield from attempt(
        "arrow_parts", lambda: [table.schema, table["a"], table["a"].chunk(0), table.to_batches()[0]]
    )
    kinds = ("int8", "uint64", "float16", "string", "large_string", "binary", "bool_", "date32", "null")
    yield from attempt("arrow_types", lambda: [getattr(pa, k)() for k in kinds] + [
        pa.timestamp("ns", "UTC"), pa.list_(pa.int8()), pa.struct({"a": pa.int8()}), pa.dictionary(
            pa.int8(), pa.string()), pa.map_(pa.string(), pa.int8()), pa.decimal128(5, 2)])  # fmt: skip
    yield from attempt("arrow_scalar", lambda: [pa.scalar(1), pa.scalar("x"), pa.py_buffer(b"abc")])
    yield from attempt("arrow_dictionary", lambda: pa.array(["a", "b"]).dictionary_encode())


def _lightning() -> Iterator[Specimen]:
    from argparse import Namespace
    from collections import OrderedDict

    import torch

    for name in ("pytorch_lightning", "lightning"):
        if find_spec(name):
            yield from attempt(f"{name}_ckpt", lambda n=name: {
                "epoch": 1, "global_step": 2, "pytorch-lightning_version": "2.5.0", "loops": {"fit_loop": {}},
                "state_dict": OrderedDict(w=torch.ones(2)), "callbacks": {}, "optimizer_states": [],
                "lr_schedulers": [], "hparams_name": "kwargs", "hyper_parameters": _hyper(n),
                "args": Namespace(lr=0.1)}, "torch", "torch-old")  # fmt: skip


def _hyper(name: str) -> Any:
    from importlib import import_module

    return import_module(f"{name}.fabric.utilities.data" if name == "lightning" else
                         "lightning_fabric.utilities.data").AttributeDict(lr=0.1)  # fmt: skip


def _omegaconf() -> Iterator[Specimen]:
    from omegaconf import OmegaConf

    yield from attempt("omegaconf", lambda: OmegaConf.create({"a": 1, "b": [1, 2.5, "x"], "c": {"d": "${a}"}}),
                       "torch", "torch-old", "pickle")  # fmt: skip


def _gymnasium() -> Iterator[Specimen]:
    import gymnasium as gym

    spaces = gym.spaces
    yield from attempt("gym_spaces", lambda: [
        spaces.Box(0, 1, (2,)), spaces.Discrete(3), spaces.MultiBinary(2), spaces.MultiDiscrete([2, 3]),
        spaces.Dict({"a": spaces.Discrete(2)}), spaces.Tuple([spaces.Discrete(2)])], *BOTH)  # fmt: skip


def _baselines() -> Iterator[Specimen]:
    import gymnasium as gym
    from stable_baselines3 import A2C, DQN, PPO, SAC, TD3

    for kind, task in ((PPO, "CartPole-v1"), (A2C, "CartPole-v1"), (DQN, "CartPole-v1"), (SAC, "Pendulum-v1"),
                       (TD3, "Pendulum-v1")):  # fmt: skip
        yield from attempt(f"sb3_{kind.__name__}", lambda k=kind, t=task: k(
            "MlpPolicy", gym.make(t), device="cpu", **({"buffer_size": 50} if k in (DQN, SAC, TD3) else {})
        ).policy, "torch", "pickle")  # fmt: skip
        yield from attempt(f"sb3_{kind.__name__}_parts", lambda k=kind, t=task: _parts(k, t), "cloudpickle")


def _parts(kind: Any, task: str) -> Any:
    import gymnasium as gym

    made = kind("MlpPolicy", gym.make(task), device="cpu")
    return [
        made.policy_class,
        made.observation_space,
        made.action_space,
        made.policy_kwargs,
        made.lr_schedule.__class__,
    ]


def _smaller() -> Iterator[Specimen]:
    if find_spec("mlxtend"):
        from mlxtend.classifier import EnsembleVoteClassifier, StackingClassifier
        from mlxtend.feature_selection import SequentialFeatureSelector
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression()
        yield from attempt(
            "mlxtend_vote", lambda: EnsembleVoteClassifier([model, model]).fit(X, CLASSES), *BOTH
        )
        yield from attempt("mlxtend_stack", lambda: StackingClassifier([model], model).fit(X, CLASSES), *BOTH)
        yield from attempt(
            "mlxtend_select", lambda: SequentialFeatureSelector(model, 2).fit(X, CLASSES), *BOTH
        )
    if find_spec("optuna"):
        import optuna

        optuna.logging.disable_propagation()
        yield from attempt("optuna_study", lambda: _study(optuna))
        for name in ("TPESampler", "RandomSampler", "CmaEsSampler", "NSGAIISampler"):
            yield from attempt(f"optuna_{name}", lambda n=name: getattr(optuna.samplers, n)(seed=1))
        yield from attempt("optuna_pruner", lambda: optuna.pruners.MedianPruner())


def _study(optuna: Any) -> Any:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) + trial.suggest_categorical("c", [1, 2]), 3)
    return study


def _shap() -> Iterator[Specimen]:
    import shap  # its explainers hold numba's functions: code by value, which is refused

    yield from attempt("shap_values", lambda: shap.Explanation(X, feature_names=list("abcd")))


def _lifelines() -> Iterator[Specimen]:
    import lifelines
    import pandas as pd

    frame = pd.DataFrame({"T": X[:, 0] + 0.1, "E": CLASSES, "x": X[:, 1]})
    for name in ("CoxPHFitter", "WeibullAFTFitter", "LogNormalAFTFitter"):
        yield from attempt(
            f"lifelines_{name}", lambda n=name: getattr(lifelines, n)().fit(frame, "T", "E"), *BOTH
        )
    for name in ("KaplanMeierFitter", "NelsonAalenFitter", "WeibullFitter", "ExponentialFitter"):
        yield from attempt(
            f"lifelines_{name}", lambda n=name: getattr(lifelines, n)().fit(frame["T"], frame["E"]), *BOTH
        )


def _records() -> Iterator[Specimen]:
    from PIL import Image

    yield from attempt("pil_image", lambda: Image.new("RGB", (4, 4)))
    yield from attempt("pil_modes", lambda: [Image.Resampling.BILINEAR, Image.new("P", (2, 2))])
    if find_spec("tokenizers"):
        from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

        yield from attempt("tokenizer_parts", lambda: [
            Tokenizer(models.BPE()), Tokenizer(models.WordPiece()), Tokenizer(models.Unigram()),
            normalizers.Lowercase(), normalizers.BertNormalizer(), pre_tokenizers.ByteLevel(),
            decoders.WordPiece(), processors.BertProcessing(("a", 0), ("b", 1)), normalizers.NFC()])  # fmt: skip
    if find_spec("xarray"):
        import xarray as xr

        yield from attempt("xarray", lambda: [xr.DataArray(X[:2]), xr.Dataset({"a": ("t", [1, 2])})])
    if find_spec("ml_dtypes"):
        import ml_dtypes

        yield from attempt("ml_dtypes", lambda: [np.ones(2, dtype=ml_dtypes.bfloat16), ml_dtypes.bfloat16(1)])


def _jax() -> Iterator[Specimen]:
    import jax.numpy as jnp

    yield from attempt(
        "jax_array", lambda: {"w": jnp.ones((2, 2)), "b": jnp.zeros(2, dtype=jnp.bfloat16)}, *BOTH
    )
    if find_spec("optax"):
        import optax

        yield from attempt("optax_state", lambda: optax.adam(0.1).init({"w": jnp.ones(2)}), *BOTH)
    if find_spec("flax"):
        import flax

        yield from attempt("flax_dict", lambda: flax.core.freeze({"a": {"b": np.ones(2)}}), *BOTH)


SORTS = {
    "statsmodels": _statsmodels, "imblearn": _imblearn, "category_encoders": _category_encoders,
    "gensim": _gensim, "networkx": _networkx, "nltk": _nltk, "sklearn": _clusters, "polars": _polars,
    "pyarrow": _pyarrow, "torch": _lightning, "omegaconf": _omegaconf, "gymnasium": _gymnasium,
    "stable_baselines3": _baselines, "pandas": _smaller, "shap": _shap, "lifelines": _lifelines,
    "PIL": _records, "jax": _jax,
}  # fmt: skip
