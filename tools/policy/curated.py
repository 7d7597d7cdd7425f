"""Decisions by hand: what the generator cannot read (C, Cython, Rust) or must not be left to it.

Each group says why. These words win over everything that is generated.
"""

# ruff: noqa: E501  # tables, which read better wide
from __future__ import annotations

_GROUPS: list[tuple[str, str, str, str]] = [
    # (word, module, names, why)
    ("call:first-listed", "numpy._core.multiarray", "_reconstruct", "makes an empty array of the listed class"),
    ("call", "numpy._core.multiarray", "scalar", "a scalar from a dtype and bytes"),
    ("call", "numpy._core.numeric", "_frombuffer", "an array over bytes of the same stream"),
    ("call", "numpy._core.internal", "_convert_to_stringdtype_kwargs", "keyword arguments of a dtype"),
    ("call", "numpy._core._internal", "_convert_to_stringdtype_kwargs", "keyword arguments of a dtype"),
    ("call:first-listed", "numpy.ma.core", "_mareconstruct", "makes an empty masked array of listed classes"),
    ("call", "numpy", "dtype", "a dtype from its code"),
    ("build", "numpy", "ndarray matrix recarray record generic void poly1d vectorize", "containers"),
    ("unsafe", "numpy._core", "_ufunc_reconstruct", "imports the module that its argument names"),
    ("unsafe", "numpy", "load save savez savez_compressed savetxt loadtxt genfromtxt fromfile memmap fromregex "
     "DataSource frompyfunc", "files; frompyfunc and its like call what they are given"),
    ("unsafe", "numpy.testing._private.utils", "runstring rundocs", "execute text"),
    ("unsafe", "numpy.f2py.crackfortran", "getlincoef myeval param_eval param_parse", "evaluate text"),
    ("unsafe", "numpy.f2py.diagnose", "run run_command", "runs commands"),
    ("unsafe", "numpy.distutils.exec_command", "exec_command", "runs commands"),
    ("unsafe", "numpy.ctypeslib", "load_library", "loads a shared library"),
    ("unsafe", "numpy.lib.npyio", "load save DataSource fromregex NpzFile", "files"),
    ("unsafe", "numpy.lib._npyio_impl", "load save DataSource fromregex NpzFile", "files"),
    ("unsafe", "numpy.lib.format", "open_memmap read_array", "files and nested pickles"),
    ("unsafe", "numpy.lib._utils_impl", "safe_eval", "evaluates text"),
    ("call", "torch._utils", "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter "
     "_rebuild_parameter_with_state _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_nested_tensor "
     "_rebuild_meta_tensor_no_storage _rebuild_qtensor _rebuild_device_tensor_from_numpy "
     "_rebuild_device_tensor_from_cpu_tensor _rebuild_xla_tensor _rebuild_hpu_tensor "
     "_rebuild_functional_tensor", "a tensor from a storage, sizes and strides; C checks the bounds"),
    ("call:first-listed", "torch._utils", "_rebuild_wrapper_subclass", "makes an instance of the listed class"),
    ("call:first-listed", "torch._tensor", "_rebuild_from_type_v2 _rebuild_from_type",
     "calls its first argument, which must be a listed reconstructor"),
    ("call:nested-pickle", "torch.storage", "_load_from_bytes", "torch.load of its argument"),
    ("call:literal", "torch.serialization", "_get_layout", "a layout by its name"),
    ("value", "torch", "FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage "
     "CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage QInt8Storage QUInt8Storage "
     "QInt32Storage QUInt4x2Storage QUInt2x4Storage", "storage kinds, named in persistent ids"),
    ("value", "torch.cuda", "FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage "
     "ShortStorage CharStorage ByteStorage BoolStorage ComplexFloatStorage ComplexDoubleStorage", "as above"),
    ("value", "torch.storage", "TypedStorage UntypedStorage", "storage kinds"),
    ("value", "torch", "TypedStorage", "storage kind"),
    ("new", "torch", "UntypedStorage", "storage kind"),
    ("value", "torch", "float32 float64 float16 bfloat16 float int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool "
     "complex32 complex64 complex128 qint8 quint8 qint32 quint4x2 quint2x4 float8_e4m3fn float8_e5m2 "
     "float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 half double long int short cfloat cdouble "
     "chalf uint1 uint2 uint3 uint4 uint5 uint6 uint7 int1 int2 int3 int4 int5 int6 int7 bits8 bits16 bits1x8 "
     "bits2x4 bits4x2 strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc jagged contiguous_format "
     "channels_last channels_last_3d preserve_format per_tensor_affine per_channel_affine per_tensor_symmetric "
     "per_channel_symmetric per_channel_affine_float_qparams", "dtypes, layouts, formats"),
    ("call", "torch", "Size device", "plain values"),
    ("call", "torch", "Tensor", "old tensors; a Tensor of sizes or numbers"),
    ("build", "torch.nn.parameter", "Parameter Buffer", "tensors"),
    ("call", "torch.nn.parameter", "UninitializedParameter UninitializedBuffer", "tensors without sizes"),
    ("value", "torch", "abs acos add addmm argmax argmin asin atan bmm cat ceil chunk clamp clip concat cos cosh cumsum "
     "div dot einsum eq erf exp expm1 flatten floor ge gt isnan le linspace log log10 log1p log2 logsumexp lt "
     "matmul max maximum mean median min minimum mm mul ne neg norm ones ones_like permute pow prod reciprocal relu "
     "relu_ reshape round rsqrt selu sigmoid sign silu sin sinh softmax log_softmax split sqrt square squeeze stack std "
     "sub sum tan tanh tensor topk transpose unsqueeze var where zeros zeros_like dropout celu prelu threshold "
     "hardshrink rand randn arange full as_tensor from_numpy", "tensor arithmetic in C++"),
    ("value", "torch._C._nn", "gelu elu elu_ hardsigmoid hardswish hardtanh leaky_relu leaky_relu_ log_sigmoid mish "
     "relu6 silu silu_ softplus softshrink glu linear mse_loss l1_loss cross_entropy_loss nll_loss huber_loss "
     "smooth_l1_loss one_hot pad scaled_dot_product_attention avg_pool2d adaptive_avg_pool2d",
     "tensor arithmetic in C++"),
    ("value", "torch.nn.functional", "interpolate pad upsample max_pool1d max_pool2d max_pool3d unfold fold "
     "multi_head_attention_forward local_response_norm max_unpool1d max_unpool2d max_unpool3d relu relu6 elu selu celu "
     "leaky_relu prelu rrelu gelu glu silu mish hardswish hardsigmoid hardtanh sigmoid tanh softmax log_softmax "
     "softplus softsign softmin tanhshrink hardshrink softshrink logsigmoid threshold normalize dropout layer_norm "
     "batch_norm group_norm instance_norm linear cross_entropy mse_loss l1_loss smooth_l1_loss nll_loss "
     "binary_cross_entropy binary_cross_entropy_with_logits kl_div huber_loss cosine_similarity pairwise_distance "
     "one_hot embedding avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d",
     "tensor arithmetic; what makes them look bad is torch.jit's own bookkeeping"),
    ("build", "torch._dynamo.decorators", "_DimRange", "two numbers, frozen; on sizes of nested tensors"),
    ("build", "transformers.generation.configuration_utils", "GenerationConfig", "its hash asks the environment"),
    ("call:array-first", "jax._src.array", "_reconstruct_array", "calls its first argument and gives the result a state"),
    ("build", "polars.series.series", "Series", "its state is an Arrow stream, read by Rust"),
    ("build", "polars.dataframe.frame", "DataFrame", "its state is its series"),
    ("build", "xarray.core.dataarray", "DataArray", "comparing could find plugins; building does not"),
    ("build", "xarray.core.dataset", "Dataset", "items are stored"),
    ("build", "xarray.core.variable", "Variable IndexVariable", "items are stored"),
    ("build", "pandas.core.frame", "DataFrame", "items are stored; gc only counts references"),
    ("build", "pandas.core.series", "Series", "items are stored; gc only counts references"),
    ("call:literal", "pytz", "_p", "a zone by its name, read from the package's own files"),
    ("call:literal", "pytz", "_UTC", "the zone UTC"),
    ("value", "sklearn.metrics._classification", "d2_brier_score d2_log_loss_score", "scores"),
    ("value", "sklearn.cluster._kmeans", "_kmeans_single_lloyd _kmeans_single_elkan", "fitting loops, mentioned only"),
    ("call", "torch.jit._pickle", "build_intlist build_tensorlist build_doublelist build_boollist build_tensor_from_id "
     "restore_type_tag", "TorchScript's typed lists; each returns its argument"),
    ("value", "torch.optim.lr_scheduler", "CyclicLR._triangular_scale_fn CyclicLR._triangular2_scale_fn",
     "arithmetic of the schedule"),
    ("build", "torch", "ScriptObject", "packed weights of quantized modules; an empty shell"),
    ("call", "torch", "Generator", "a generator of a device"),
    ("call", "torch._C", "Generator", "a generator of a device"),
    ("unsafe", "torch", "load save from_file compile", "files and nested pickles"),
    ("unsafe", "torch.serialization", "load save _load _legacy_load add_safe_globals set_default_load_endianness",
     "files and nested pickles"),
    ("unsafe", "torch.hub", "load download_url_to_file load_state_dict_from_url help list set_dir _import_module",
     "fetches and runs code"),
    ("unsafe", "torch.jit", "load save script trace CompilationUnit", "compiles and loads code"),
    ("unsafe", "torch.jit._serialization", "load save jit_module_from_flatbuffer", "loads code"),
    ("unsafe", "torch.utils.cpp_extension", "load load_inline _run_ninja_build _import_module_from_library",
     "compiles and loads code"),
    ("unsafe", "torch._inductor.codecache", "PyCodeCache compile_file CUDACodeCache", "writes and runs code"),
    ("unsafe", "torch._inductor.utils", "run_and_get_cpp_code", "runs code"),
    ("unsafe", "torch._dynamo.guards", "GuardBuilder", "evaluates text"),
    ("unsafe", "torch.fx.graph_module", "reduce_graph_module reduce_package_graph_module reduce_deploy_graph_module "
     "_forward_from_src _exec_with_source _deserialize_graph_module", "execute text of the pickle"),
    ("unsafe", "torch.fx.experimental.symbolic_shapes", "ShapeEnv", "evaluates text"),
    ("unsafe", "torch.distributed.rpc.internal", "_run_function PythonUDF deserialize", "runs what it is given"),
    ("unsafe", "torch.package.package_importer", "PackageImporter", "runs code"),
    ("unsafe", "torch.utils._config_module", "ConfigModule load_config", "nested pickle"),
    ("unsafe", "torch.utils.bottleneck.__main__", "run_autograd_prof run_cprofile", "runs code"),
    ("unsafe", "torch.utils.collect_env", "run run_and_read_all", "runs commands"),
    ("unsafe", "torch.utils.data.datapipes.utils.decoder", "basichandlers Decoder", "nested pickle"),
    ("unsafe", "torch.ops", "load_library", "loads a shared library"),
    ("unsafe", "torch._ops", "load_library _Ops", "loads a shared library"),
    ("unsafe", "torch.multiprocessing.reductions", "rebuild_storage_filename rebuild_storage_fd rebuild_cuda_tensor "
     "rebuild_tensor rebuild_typed_storage rebuild_storage_empty", "opens shared memory that the file names"),
    ("unsafe", "joblib", "load dump Memory Parallel", "files, nested pickles, folders"),
    ("unsafe", "joblib.numpy_pickle", "load load_temporary_memmap _unpickle", "nested pickle"),
    ("unsafe", "joblib.numpy_pickle_compat", "load_compatibility ZNDArrayWrapper NDArrayWrapper", "opens files"),
    ("unsafe", "joblib._memmapping_reducer", "_strided_from_memmap make_memmap unlink_file",
     "opens the file that it names"),
    ("unsafe", "joblib.backports", "make_memmap", "opens the file that it names"),
    ("unsafe", "joblib.func_inspect", "get_func_code", "reads files"),
    ("unsafe", "joblib.disk", "mkdirp rm_subdirs delete_folder disk_used", "changes files"),
    ("unsafe", "joblib.logger", "PrintTime Logger", "writes the file that its argument names"),
    ("unsafe", "joblib.memory", "MemorizedFunc MemorizedResult", "folders and nested pickles"),
    ("build", "joblib.memory", "Memory", "stored by pipelines; building it touches no file"),
    ("build", "joblib.numpy_pickle", "NumpyArrayWrapper", "the array's bytes follow in the stream"),
    ("unsafe", "joblib.parallel", "Parallel BatchedCalls", "runs what it is given"),
    ("call", "torch.nested._internal.nested_tensor", "_rebuild_njt", "a nested tensor from tensors"),
    ("call", "pyarrow.lib", "_restore_array field list_ large_list fixed_size_list py_buffer schema struct dictionary "
     "map_ timestamp duration time32 time64 decimal128 decimal256 binary string large_string large_binary null bool_ "
     "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 date32 date64 utf8 large_utf8 "
     "type_for_alias chunked_array scalar _reconstruct_record_batch _reconstruct_table string_view binary_view "
     "run_end_encoded union dense_union sparse_union month_day_nano_interval",
     "types, schemas and arrays over bytes of the same stream; C++ checks them"),
    ("call", "pandas._libs.internals", "_unpickle_block", "a block of an array"),
    ("call", "pandas._libs.tslibs.timestamps", "_unpickle_timestamp", "a Timestamp from numbers, offset and zone"),
    ("build", "xgboost.core", "Booster", "its state is read by libxgboost, which checks it"),
    ("build", "lightgbm.basic", "Booster", "its state is model text, read by lib_lightgbm"),
    ("unsafe", "xgboost.core", "_load_lib", "loads a shared library"),
    ("unsafe", "transformers", "pipeline", "fetches and runs models"),
    ("unsafe", "transformers.pipelines", "pipeline", "fetches and runs models"),
    ("unsafe", "transformers.dynamic_module_utils", "get_class_from_dynamic_module get_class_in_module "
     "get_imports", "imports files"),
    ("unsafe", "pandas", "read_pickle read_csv read_json read_parquet read_sql read_html read_excel eval to_pickle "
     "read_hdf read_feather read_table read_xml read_clipboard", "files, network, evaluated text"),
    ("unsafe", "pandas.core.computation.eval", "eval", "evaluates text"),
    ("unsafe", "pandas.core.frame", "eval", "evaluates text"),
    ("unsafe", "pandas.io.pickle", "read_pickle to_pickle", "nested pickle"),
    ("unsafe", "pandas.io.common", "get_handle urlopen", "files and network"),
    ("unsafe", "pandas.util._print_versions", "show_versions _get_commit_hash", "runs code"),
    ("unsafe", "dill", "load loads load_session load_module dump dump_session", "nested pickles and files"),
    ("unsafe", "dill._dill", "_create_function _create_code _eval_repr _import_module _create_filehandle "
     "_create_cell _get_attr _getattr loads load _create_ftype", "make code, import and open what they are given"),
    ("call:array-first", "dill._dill", "_create_array", "calls its first argument and gives the result a state"),
    ("call:literal", "dill._dill", "_load_type", "a type of the types module by its name"),
    ("unsafe", "cloudpickle.cloudpickle", "_make_function _builtin_type subimport dynamic_subimport "
     "_make_skeleton_class _make_skeleton_enum _function_setstate _class_setstate _make_cell _make_empty_cell "
     "_make_typevar _make_dict_keys _lookup_class_or_track loads load _gen_ellipsis _cell_set",
     "code by value, or imports what they are given"),
    ("unsafe", "sklearn.utils", "_joblib", "nested pickles"),
    ("unsafe", "sklearn.utils.fixes", "_open_text parse_version", "files"),
    ("unsafe", "sklearn.datasets._base", "load_files fetch_file _fetch_remote load_sample_images", "files, network"),
    ("unsafe", "gensim.utils", "unpickle SaveLoad.load pickle", "nested pickles"),
    ("unsafe", "nltk.data", "load find retrieve", "nested pickles"),
    ("unsafe", "huggingface_hub", "hf_hub_download snapshot_download", "network"),
]  # fmt: skip

DECIDED = {f"{module}.{name}": word for word, module, names, _ in _GROUPS for name in names.split()}


def decided() -> dict[str, dict[str, str]]:
    """Every decision by module and name."""
    found: dict[str, dict[str, str]] = {}
    for word, module, names, _ in _GROUPS:
        for name in names.split():
            found.setdefault(module, {})[name] = word
    return found
