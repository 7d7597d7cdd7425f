"""The policy data: well formed, sorted, and right about names that everyone knows."""

import json
import time
from pathlib import Path

import pytest

import hauberk.analysis

FOLDER = Path(hauberk.analysis.__file__).parent / "execution" / "policies"
FILES = sorted(path for path in FOLDER.glob("*.json") if path.name != "python.json")
WORDS = {
    "build", "build:distribution", "call", "call:array-first", "call:first-listed", "call:literal",
    "call:getattr-literal", "call:nested-pickle", "new", "value", "unsafe",
}  # fmt: skip
ALLOWED = WORDS - {"unsafe"}
# All libraries together, so that the wheel stays small.
MOST_BYTES = 2_500_000

DANGEROUS = """
joblib.logger.PrintTime joblib.load joblib.numpy_pickle.load joblib.disk.mkdirp joblib.disk.rm_subdirs
joblib.numpy_pickle_compat.ZNDArrayWrapper joblib._memmapping_reducer._strided_from_memmap joblib.Parallel
joblib.memory.MemorizedResult
numpy.testing._private.utils.runstring numpy.load numpy.memmap numpy.fromfile numpy.save numpy.savetxt
numpy.lib.npyio.load numpy.f2py.crackfortran.getlincoef numpy.f2py.diagnose.run numpy._core._ufunc_reconstruct
numpy.core._ufunc_reconstruct numpy.ctypeslib.load_library numpy.lib._utils_impl.safe_eval
numpy.distutils.exec_command.exec_command
torch.hub.load torch.load torch.save torch.jit.load torch.serialization.load torch.utils.cpp_extension.load
torch.utils.cpp_extension.load_inline torch._inductor.codecache.PyCodeCache
torch.distributed.rpc.internal._run_function torch.fx.graph_module.reduce_graph_module
torch.utils.collect_env.run torch.ops.load_library torch.multiprocessing.reductions.rebuild_storage_filename
torch.package.package_importer.PackageImporter
pandas.read_pickle pandas.read_csv pandas.eval pandas.io.pickle.read_pickle pandas.core.computation.eval.eval
sklearn.datasets._base.load_files transformers.pipeline transformers.pipelines.pipeline
transformers.dynamic_module_utils.get_class_from_dynamic_module
dill._dill._create_function dill._dill._eval_repr dill._dill._import_module dill._dill._getattr dill.loads
cloudpickle.cloudpickle._make_function cloudpickle.cloudpickle.subimport cloudpickle.cloudpickle._builtin_type
xgboost.core._load_lib huggingface_hub.snapshot_download gensim.utils.unpickle nltk.data.load
"""

BENIGN = """
numpy._core.multiarray._reconstruct numpy.core.multiarray._reconstruct numpy.ndarray numpy.dtype numpy.float64
numpy.core.multiarray.scalar numpy._core.multiarray.scalar numpy.random._pickle.__randomstate_ctor
numpy.random._pickle.__generator_ctor numpy.clip numpy.log1p numpy.ma.core._mareconstruct
scipy.sparse._csr.csr_matrix scipy.sparse.csr.csr_matrix scipy.stats._continuous_distns.norm_gen
scipy.special._ufuncs.expit scipy.interpolate._interpolate.interp1d
sklearn.linear_model._logistic.LogisticRegression sklearn.linear_model.logistic.LogisticRegression
sklearn.tree._tree.Tree sklearn.tree.tree.DecisionTreeClassifier
sklearn.ensemble._forest.RandomForestClassifier
sklearn.pipeline.Pipeline sklearn.compose._column_transformer.ColumnTransformer
sklearn.neighbors._kd_tree.newObj sklearn.metrics._scorer._Scorer
pandas.core.internals.managers.BlockManager pandas._libs.internals._unpickle_block
pandas.core.indexes.base._new_Index pandas.core.indexes.numeric.Int64Index pandas.core.frame.DataFrame
pandas._libs.tslibs.timestamps._unpickle_timestamp
torch._utils._rebuild_tensor_v2 torch._utils._rebuild_parameter torch.FloatStorage torch.device torch.float16
torch.nn.modules.linear.Linear torch.nn.modules.container.Sequential torch.optim.adam.Adam
torch._tensor._rebuild_from_type_v2 torch.storage._load_from_bytes torch.Size torch.serialization._get_layout
torch.nn.modules.transformer.TransformerEncoder torch.optim.lr_scheduler.StepLR
xgboost.sklearn.XGBClassifier xgboost.core.Booster lightgbm.sklearn.LGBMClassifier lightgbm.basic.Booster
catboost.core.CatBoostClassifier joblib.numpy_pickle.NumpyArrayWrapper
transformers.training_args.TrainingArguments transformers.models.bert.configuration_bert.BertConfig
transformers.models.bert.modeling_bert.BertModel
"""


def names() -> dict[str, str]:
    found = {}
    for path in FILES:
        for module, held in json.loads(path.read_text("utf-8"))["names"].items():
            for name, word in held.items():
                found[f"{module}.{name}"] = word
    return found


NAMES = names()


def test_there_are_policies() -> None:
    assert {"numpy", "scipy", "sklearn", "pandas", "torch", "xgboost", "lightgbm", "catboost", "joblib",
            "transformers"} <= {path.stem for path in FILES}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_says_what_it_covers_and_is_sorted(path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))
    assert list(content) == ["library", "modules", "versions", "generated", "names"]
    assert path.stem in content["modules"]
    assert content["versions"]
    assert list(content["names"]) == sorted(content["names"])
    for module, held in content["names"].items():
        assert module.partition(".")[0] in content["modules"]
        assert held
        assert list(held) == sorted(held)
        assert set(held.values()) <= WORDS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_name_is_decided_twice(path: Path) -> None:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys))
        return dict(pairs)

    json.loads(path.read_text("utf-8"), object_pairs_hook=unique)


def test_one_module_stands_on_one_line() -> None:
    for path in FILES:
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) == len(json.loads(path.read_text("utf-8"))["names"]) + 2


@pytest.mark.parametrize("name", DANGEROUS.split())
def test_a_name_with_side_effects_is_not_allowed(name: str) -> None:
    assert NAMES.get(name) == "unsafe"


@pytest.mark.parametrize("name", BENIGN.split())
def test_a_name_of_real_models_is_allowed(name: str) -> None:
    assert NAMES.get(name) in ALLOWED


def test_no_module_of_code_is_allowed() -> None:
    roots = (
        "torch._inductor.",
        "torch._dynamo.guards.",
        "torch._dynamo.utils.",
        "torch.utils.cpp_extension.",
        "torch.hub.",
        "torch.package.",
        "numpy.f2py.",
        "numpy.distutils.",
        "joblib.externals.",
        "torch.distributed.rpc.",
    )
    assert not [name for name, word in NAMES.items() if name.startswith(roots) and word in ALLOWED]


def test_the_policies_are_small_and_quick_to_load() -> None:
    assert sum(path.stat().st_size for path in FILES) <= MOST_BYTES
    largest = max(FILES, key=lambda path: path.stat().st_size).read_bytes()
    times = []
    for _ in range(5):
        start = time.process_time()
        json.loads(largest)
        times.append(time.process_time() - start)
    assert min(times) <= 0.015  # seconds: one file is loaded while a scan waits
