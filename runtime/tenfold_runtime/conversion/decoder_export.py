"""A decoder-only transformers model to an ONNX graph with its weights beside it, one weight at a time.

The model that is read keeps its weights in their file and of their own type: they are mapped. A model of the
same class without values is traced. So no more than one weight is ever held in single precision.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import NodeProto, TensorProto
from safetensors import safe_open
from torch import Tensor, nn
from transformers.modeling_utils import no_init_weights

from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import decoder_trace, narrow, weights
from tenfold_runtime.conversion.measure import total_variation
from tenfold_runtime.errors import ExportUnsupported
from tenfold_runtime.generation.decoder import Decoder

log = logging.getLogger(__name__)

_EQUAL = 1e-3  # total variation of the next tokens' probabilities
_KINDS = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}


def kept_dtype(folder: Path) -> torch.dtype:
    """Give the type that a model's weights have in their files, where it is one; else single precision.

    Weights of that type are mapped when the model is read, and are not copied.
    """
    kinds = {kind for file in folder.glob("*.safetensors") for kind in _kinds(file)}
    return _KINDS.get(kinds.pop(), torch.float32) if len(kinds) == 1 else torch.float32


def _kinds(file: Path) -> Iterator[str]:
    with safe_open(file, "pt") as opened:
        for name in opened.keys():  # noqa: SIM118 - it is no dict
            yield opened.get_slice(name).get_dtype()


def export(source: Any, out: Path) -> None:
    """Write the graph and the configuration of a causal language model; raises ExportUnsupported.

    The model is in evaluation mode, its weights of any type. Not every model can have a lean graph.
    """
    source.config.save_pretrained(out)
    if source.generation_config is not None:
        source.generation_config.save_pretrained(out)
    ids = torch.arange(min(24, source.config.vocab_size))[None]
    try:
        expected = _answer(source, ids)
    except Exception as error:
        raise _unsupported(source, out, _first_line(error)) from error
    wrong = _tried(source, out, ids, expected, is_lean=True)
    if wrong is not None:
        log.info("%s has no lean graph: %s", type(source).__name__, wrong)
        wrong = _tried(source, out, ids, expected, is_lean=False)
    if wrong is not None:
        raise _unsupported(source, out, wrong)


def _answer(source: Any, ids: Tensor) -> Any:
    model, values = hollow(source)
    with filled(model, values), torch.no_grad():
        return model(input_ids=ids).logits[0].numpy()


def _tried(source: Any, out: Path, ids: Tensor, expected: Any, *, is_lean: bool) -> str | None:
    """Write a graph; tell what is wrong with it, None where it answers as the model does."""
    try:
        write(*hollow(source), out / GRAPH, is_lean=is_lean)
        decoder = Decoder(out / GRAPH, 1, 1, ids.shape[1], prepack=False)
        faithful = _faithful(decoder, ids.numpy(), expected)
    except Exception as error:  # noqa: BLE001 - a tracer fails in any way
        return _first_line(error)
    return None if faithful else "the graph does not answer as the model does"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _unsupported(model: Any, out: Path, why: str) -> ExportUnsupported:
    """Leave nothing of the graph, and say why there is none."""
    for file in out.glob("*.onnx*"):
        file.unlink()
    return ExportUnsupported(f"{type(model).__name__} cannot be converted for generation: {why}")


def _faithful(decoder: Decoder, ids: Any, expected: Any) -> bool:
    """Compare the next tokens' probabilities, taken up in two parts, so that the cache takes part in it."""
    cut, whole = np.array([ids.shape[1] // 2]), np.array([ids.shape[1]])
    first = decoder.run(0, ids[:, : cut[0]], cut, cut, np.arange(cut[0])).values
    second = decoder.run(0, ids[:, cut[0] :], whole - cut, whole, np.arange(whole[0] - cut[0])).values
    return total_variation(np.concatenate([first, second]), expected) < _EQUAL


def hollow(source: Any) -> tuple[Any, dict[int, Tensor]]:
    """Give a model in single precision whose weights take no memory, and their values, by `id`."""
    with no_init_weights():
        model = type(source)(source.config).eval()
    standins: dict[int, nn.Parameter] = {}
    values: dict[int, Tensor] = {}
    for name, value in source.named_parameters(remove_duplicate=False):
        standin = standins.setdefault(id(value), _standin(value))
        values[id(standin)] = value.detach()
        place, _, leaf = name.rpartition(".")
        model.get_submodule(place).register_parameter(leaf, standin)
    kept = source.state_dict().keys()
    for name, buffer in source.named_buffers():
        if name in kept:
            model.get_buffer(name).copy_(buffer)
    return model, values


def _standin(value: Tensor) -> nn.Parameter:
    """Give a weight of the same shape, all of it one number in memory."""
    return nn.Parameter(torch.zeros(()).expand(value.shape), requires_grad=False)


@contextmanager
def filled(model: Any, values: dict[int, Tensor]) -> Iterator[None]:
    """Give each layer its weights, in single precision, for as long as it runs."""

    standins: dict[nn.Module, dict[str, nn.Parameter | None]] = {}

    def fill(module: nn.Module, _: Any) -> None:
        standins[module] = dict(module._parameters)
        for name, standin in standins[module].items():
            if standin is not None:
                module._parameters[name] = nn.Parameter(values[id(standin)].float(), requires_grad=False)

    def empty(module: nn.Module, *_: Any) -> None:
        module._parameters.update(standins.pop(module))

    layers = [module for module in model.modules() if module._parameters]
    hooks = [layer.register_forward_pre_hook(fill) for layer in layers]
    hooks += [layer.register_forward_hook(empty) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def write(model: Any, values: dict[int, Tensor], graph: Path, *, is_lean: bool = False) -> None:
    """Write the graph of a hollow model, and the weights' values beside it."""
    traced, parameters = decoder_trace.trace(model, graph, is_lean=is_lean)
    with weights.Writer(graph) as writer:
        for declared in list(traced.graph.input):
            if declared.name in parameters:
                traced.graph.input.remove(declared)
                parameter = parameters[declared.name]
                value = values.get(id(parameter), parameter.detach())  # tables have values of their own
                traced.graph.initializer.extend(_written(writer, traced.graph, declared.name, value))
        if is_lean:
            narrow.narrow_decoder(traced.graph)
        writer.finish(traced)


def _written(
    writer: weights.Writer, graph: onnx.GraphProto, name: str, value: Tensor
) -> Iterator[TensorProto]:
    """Write a weight as its uses want it: turned, as it is, or both."""
    turns = [node for node in graph.node if name in node.input and _turns(node)]
    if turns:
        _replace(graph, turns, f"{name}.T")
        yield writer.add(f"{name}.T", value.T.float().contiguous().numpy())
    if any(name in node.input for node in graph.node):
        yield writer.add(name, value.float().numpy())


def _turns(node: NodeProto) -> bool:
    return node.op_type == "Transpose" and list(node.attribute[0].ints) == [1, 0]


def _replace(graph: onnx.GraphProto, nodes: list[NodeProto], name: str) -> None:
    """Let the uses of what nodes give use a weight instead."""
    given = {node.output[0] for node in nodes}
    for node in nodes:
        graph.node.remove(node)
    for node in graph.node:
        node.input[:] = [name if one in given else one for one in node.input]
