"""Names that only older versions of a library write. Today's unpickler finds them moved or not at all.

Kept by hand, since those versions are not to be had for a current Python.
"""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

# numpy 1.x wrote numpy.core; numpy 2 writes numpy._core and still reads the old name.
NUMPY_CORE = "numpy.core"

# The whole old module of scikit-learn < 0.22 -> today's modules, where a class of that name may stand.
# Source: sklearn/_build_utils/deprecated_modules.py of 0.22.
SKLEARN_MODULES = {
    "sklearn.mixture.base": "_base", "sklearn.mixture.gaussian_mixture": "_gaussian_mixture",
    "sklearn.mixture.bayesian_mixture": "_bayesian_mixture", "sklearn.ensemble.bagging": "_bagging",
    "sklearn.ensemble.base": "_base", "sklearn.ensemble.forest": "_forest",
    "sklearn.ensemble.gradient_boosting": "_gb", "sklearn.ensemble.iforest": "_iforest",
    "sklearn.ensemble.voting": "_voting", "sklearn.ensemble.voting_classifier": "_voting",
    "sklearn.ensemble.weight_boosting": "_weight_boosting", "sklearn.tree.tree": "_classes",
    "sklearn.neural_network.rbm": "_rbm", "sklearn.neural_network.multilayer_perceptron": "_multilayer_perceptron",
    "sklearn.neural_network._stochastic_optimizers": "_stochastic_optimizers",
    "sklearn.cross_decomposition.cca_": "_pls", "sklearn.cross_decomposition.pls_": "_pls",
    "sklearn.svm.base": "_base", "sklearn.svm.bounds": "_bounds", "sklearn.svm.classes": "_classes",
    "sklearn.cluster.affinity_propagation_": "_affinity_propagation", "sklearn.cluster.bicluster": "_bicluster",
    "sklearn.cluster.birch": "_birch", "sklearn.cluster.dbscan_": "_dbscan", "sklearn.cluster.k_means_": "_kmeans",
    "sklearn.cluster.hierarchical": "_agglomerative", "sklearn.cluster.mean_shift_": "_mean_shift",
    "sklearn.cluster.optics_": "_optics", "sklearn.cluster.spectral": "_spectral",
    "sklearn.covariance.elliptic_envelope": "_elliptic_envelope",
    "sklearn.covariance.empirical_covariance_": "_empirical_covariance",
    "sklearn.covariance.graph_lasso_": "_graph_lasso", "sklearn.covariance.robust_covariance": "_robust_covariance",
    "sklearn.covariance.shrunk_covariance_": "_shrunk_covariance", "sklearn.decomposition.base": "_base",
    "sklearn.decomposition.dict_learning": "_dict_learning",
    "sklearn.decomposition.factor_analysis": "_factor_analysis", "sklearn.decomposition.fastica_": "_fastica",
    "sklearn.decomposition.incremental_pca": "_incremental_pca", "sklearn.decomposition.kernel_pca": "_kernel_pca",
    "sklearn.decomposition.nmf": "_nmf", "sklearn.decomposition.online_lda": "_lda",
    "sklearn.decomposition.pca": "_pca", "sklearn.decomposition.sparse_pca": "_sparse_pca",
    "sklearn.decomposition.truncated_svd": "_truncated_svd", "sklearn.gaussian_process.gpr": "_gpr",
    "sklearn.gaussian_process.gpc": "_gpc", "sklearn.linear_model.base": "_base",
    "sklearn.linear_model.bayes": "_bayes", "sklearn.linear_model.coordinate_descent": "_coordinate_descent",
    "sklearn.linear_model.huber": "_huber", "sklearn.linear_model.least_angle": "_least_angle",
    "sklearn.linear_model.logistic": "_logistic", "sklearn.linear_model.omp": "_omp",
    "sklearn.linear_model.passive_aggressive": "_passive_aggressive", "sklearn.linear_model.perceptron": "_perceptron",
    "sklearn.linear_model.ransac": "_ransac", "sklearn.linear_model.ridge": "_ridge",
    "sklearn.linear_model.sag": "_sag", "sklearn.linear_model.stochastic_gradient": "_stochastic_gradient",
    "sklearn.linear_model.theil_sen": "_theil_sen", "sklearn.metrics.scorer": "_scorer",
    "sklearn.model_selection._search": "_search", "sklearn.preprocessing.data": "_data",
    "sklearn.preprocessing.label": "_label", "sklearn.preprocessing._function_transformer": "_function_transformer",
    "sklearn.feature_extraction.dict_vectorizer": "_dict_vectorizer",
    "sklearn.feature_extraction.hashing": "_hash", "sklearn.feature_selection.base": "_base",
    "sklearn.feature_selection.from_model": "_from_model", "sklearn.feature_selection.mutual_info_": "_mutual_info",
    "sklearn.feature_selection.rfe": "_rfe",
    "sklearn.feature_selection.univariate_selection": "_univariate_selection",
    "sklearn.feature_selection.variance_threshold": "_variance_threshold",
    "sklearn.manifold.isomap": "_isomap", "sklearn.manifold.locally_linear": "_locally_linear",
    "sklearn.manifold.mds": "_mds", "sklearn.manifold.spectral_embedding_": "_spectral_embedding",
    "sklearn.manifold.t_sne": "_t_sne", "sklearn.neighbors.base": "_base",
    "sklearn.neighbors.classification": "_classification", "sklearn.neighbors.kde": "_kde",
    "sklearn.neighbors.lof": "_lof", "sklearn.neighbors.nca": "_nca",
    "sklearn.neighbors.nearest_centroid": "_nearest_centroid", "sklearn.neighbors.regression": "_regression",
    "sklearn.neighbors.unsupervised": "_unsupervised", "sklearn.neighbors.kd_tree": "_kd_tree",
    "sklearn.neighbors.ball_tree": "_ball_tree", "sklearn.semi_supervised.label_propagation": "_label_propagation",
    "sklearn.impute": "impute._base", "sklearn.preprocessing.imputation": "_imputation",
    "sklearn.compose._column_transformer": "_column_transformer",
}  # fmt: skip

# scipy < 1.8 wrote the public module where there is a private one now.
SCIPY_SPARSE = ("csr", "csc", "coo", "lil", "dok", "dia", "bsr", "base", "data", "compressed")

NAMES: dict[str, dict[str, str]] = {
    # scikit-learn: classes that are gone.
    "sklearn.preprocessing.imputation": {"Imputer": "build"},
    "sklearn.preprocessing._imputation": {"Imputer": "build"},
    "sklearn.ensemble._gb_losses": dict.fromkeys(
        [
            "BinomialDeviance",
            "MultinomialDeviance",
            "ExponentialLoss",
            "LeastSquaresError",
            "LeastAbsoluteError",
            "HuberLossFunction",
            "QuantileLossFunction",
        ],
        "build",
    ),
    "sklearn.ensemble.gradient_boosting": dict.fromkeys(
        [
            "BinomialDeviance",
            "MultinomialDeviance",
            "ExponentialLoss",
            "LeastSquaresError",
            "LeastAbsoluteError",
            "HuberLossFunction",
            "QuantileLossFunction",
            "QuantileEstimator",
            "MeanEstimator",
            "LogOddsEstimator",
            "PriorProbabilityEstimator",
            "ScaledLogOddsEstimator",
            "ZeroEstimator",
            "GradientBoostingClassifier",
            "GradientBoostingRegressor",
        ],
        "build",
    ),
    "sklearn.tree._tree": {"Tree": "call"},
    "sklearn.linear_model.sgd_fast": dict.fromkeys(
        [
            "Hinge",
            "Log",
            "ModifiedHuber",
            "SquaredHinge",
            "SquaredLoss",
            "Huber",
            "EpsilonInsensitive",
            "SquaredEpsilonInsensitive",
            "LossFunction",
        ],
        "new",
    ),
    "sklearn.linear_model._sgd_fast": dict.fromkeys(
        [
            "Hinge",
            "Log",
            "ModifiedHuber",
            "SquaredHinge",
            "SquaredLoss",
            "Huber",
            "EpsilonInsensitive",
            "SquaredEpsilonInsensitive",
        ],
        "new",
    ),
    "sklearn.neighbors.dist_metrics": {
        "EuclideanDistance": "build",
        "newObj": "call:first-listed",
        "ManhattanDistance": "build",
        "MinkowskiDistance": "build",
    },
    "sklearn.neighbors._dist_metrics": {
        "EuclideanDistance": "build",
        "newObj": "call:first-listed",
        "ManhattanDistance": "build",
        "MinkowskiDistance": "build",
    },
    "sklearn.neighbors.kd_tree": {"newObj": "call:first-listed", "KDTree": "build"},
    "sklearn.neighbors.ball_tree": {"newObj": "call:first-listed", "BallTree": "build"},
    "sklearn.externals.joblib.numpy_pickle": {"NumpyArrayWrapper": "build"},
    "sklearn.ensemble._hist_gradient_boosting.loss": dict.fromkeys(
        [
            "LeastSquares",
            "BinaryCrossEntropy",
            "CategoricalCrossEntropy",
            "LeastAbsoluteDeviation",
            "Poisson",
        ],
        "build",
    ),
    # pandas: reconstructors and classes of 0.2x to 2.x.
    "pandas.core.internals.managers": {"BlockManager": "build", "SingleBlockManager": "build"},
    "pandas.core.internals.blocks": {"new_block": "call", "Block": "build"},
    "pandas.core.indexes.numeric": dict.fromkeys(
        ["Int64Index", "UInt64Index", "Float64Index", "NumericIndex"], "build"
    ),
    "pandas.core.indexes.base": {"_new_Index": "call:first-listed", "Index": "build"},
    "pandas.core.indexes.datetimes": {"_new_DatetimeIndex": "call:first-listed", "DatetimeIndex": "build"},
    "pandas.core.indexes.period": {"_new_PeriodIndex": "call:first-listed", "PeriodIndex": "build"},
    "pandas.core.indexes.frozen": {"FrozenList": "build", "FrozenNDArray": "build"},
    "pandas.core.indexes.range": {"RangeIndex": "build"},
    "pandas.indexes.base": {"_new_Index": "call:first-listed", "Index": "build"},
    "pandas.core.index": {"_new_Index": "call:first-listed", "Index": "build", "Int64Index": "build"},
    "pandas._libs.internals": {"_unpickle_block": "call", "BlockPlacement": "build"},
    "pandas._libs.tslibs.timestamps": {"_unpickle_timestamp": "call", "Timestamp": "call"},
    "pandas._libs.tslibs.timedeltas": {"_timedelta_unpickle": "call", "Timedelta": "call"},
    "pandas._libs.tslibs.nattype": {"_nat_unpickle": "call", "__nat_unpickle": "call", "NaTType": "build"},
    "pandas._libs.tslibs.period": {"Period": "build"},
    "pandas._libs.tslibs.offsets": {"_unpickle_offset": "call:literal", "BaseOffset": "build"},
    "pandas.core.sparse.array": {"SparseArray": "build"},
    # xgboost and lightgbm.
    "xgboost.compat": {"XGBoostLabelEncoder": "build"},
    "lightgbm.compat": {"LGBMLabelEncoder": "build", "_LGBMLabelEncoder": "build"},
    # joblib, by its old names.
    "joblib.numpy_pickle": {"NumpyArrayWrapper": "build"},
    # torch: modules of 0.4 to 1.x.
    "torch.nn.backends.thnn": {"_get_thnn_function_backend": "call:literal"},
    "torch.nn.modules.linear": {"_LinearWithBias": "build", "NonDynamicallyQuantizableLinear": "build"},
    "torch.nn.quantized.dynamic.modules.linear": {"Linear": "build"},
    "torch.nn.quantized.modules.linear": {"Linear": "build", "LinearPackedParams": "build"},
    "torch.nn.quantized.modules.conv": {"Conv1d": "build", "Conv2d": "build"},
}


def numpy_core(names: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The names of numpy._core under the name that numpy 1.x gave it."""
    return {
        module.replace("numpy._core", NUMPY_CORE, 1): dict(held)
        for module, held in names.items()
        if module == "numpy._core" or module.startswith("numpy._core.")
    }


def sklearn_modules(names: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Today's classes under their modules of scikit-learn < 0.22."""
    found: dict[str, dict[str, str]] = {}
    for old, new in SKLEARN_MODULES.items():
        held = names.get(f"{old.rpartition('.')[0]}.{new}", {})
        found[old] = {
            name: word for name, word in held.items() if word in ("build", "new") and name[0] != "_"
        }
    return found


def scipy_sparse(names: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Today's sparse classes under their modules of scipy < 1.8."""
    return {
        f"scipy.sparse.{kind}": {
            n: w for n, w in names.get(f"scipy.sparse._{kind}", {}).items() if w == "build"
        }
        for kind in SCIPY_SPARSE
    }
