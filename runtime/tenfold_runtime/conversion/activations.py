"""GELUs that are traced to one node each. As transformers computes some of them, they become eight."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import activations

# By their names among ONNX Runtime's operators: exact, and by the hyperbolic tangent.
_KINDS = {
    "Gelu": (activations.GELUActivation,),
    "FastGelu": (
        activations.AccurateGELUActivation,
        activations.FastGELUActivation,
        activations.GELUTanh,
        activations.NewGELUActivation,
    ),
}


def as_nodes(model: nn.Module) -> None:
    """Put a layer that is traced to one node in place of each GELU of a model."""
    for name, module in list(model.named_modules()):
        for kind, classes in _KINDS.items():
            if isinstance(module, classes):
                model.set_submodule(name, _Gelu(kind))


class _Gelu(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def forward(self, x: Tensor) -> Any:
        operator: Any = _Operator
        return operator.apply(x, self._kind)


class _Operator(torch.autograd.Function):
    """Stands for the operator in a trace."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kind: str) -> Tensor:
        return functional.gelu(x, approximate="none" if kind == "Gelu" else "tanh")

    @staticmethod
    def symbolic(g: Any, x: Any, kind: str) -> Any:
        given = g.op(f"com.microsoft::{kind}", x)
        given.setType(x.type())
        return given
