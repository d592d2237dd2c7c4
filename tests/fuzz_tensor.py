"""A stand-in for a tensor of PyTorch: its protocol, its data type that NumPy does not know, and its refusals."""

from __future__ import annotations

import numpy as np


class _Type:
    """A type of numbers that only its own library knows."""

    def __init__(self, name: str):
        self.name = name

    def __repr__(self):
        return f"torch.{self.name}"


class Tensor:
    """Numbers with or without a gradient; bfloat16 ones have no form in NumPy."""

    __array_priority__ = 1000

    def __init__(self, values, requires_grad: bool = False, kind: str | None = None):
        values = values._values if isinstance(values, Tensor) else np.asarray(values)
        self._values, self.requires_grad = values, requires_grad
        self.dtype = _Type(kind or str(values.dtype))
        self.device, self.is_cuda, self.grad = "cpu", False, None

    def _like(self, values):
        return Tensor(values, self.requires_grad, self.dtype.name)

    shape = property(lambda self: tuple(self._values.shape))
    ndim = property(lambda self: self._values.ndim)
    T = property(lambda self: self._like(self._values.T))

    def detach(self):
        return Tensor(self._values, False, self.dtype.name)

    def cpu(self):
        return self

    def float(self):
        return Tensor(self._values.astype(np.float32), self.requires_grad)

    def double(self):
        return Tensor(self._values.astype(np.float64), self.requires_grad)

    def is_floating_point(self):
        return self._values.dtype.kind == "f"

    def dim(self):
        return self._values.ndim

    def numel(self):
        return self._values.size

    def size(self, axis=None):
        return self.shape if axis is None else self.shape[axis]

    def tolist(self):
        return self._values.tolist()

    def item(self):
        return self._values.item()

    def numpy(self):
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.dtype.name == "bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self._values

    def __array__(self, dtype=None, copy=None):
        return self.numpy() if dtype is None else self.numpy().astype(dtype, copy=False)

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return (self._like(value) for value in self._values)

    def __getitem__(self, index):
        return self._like(self._values[index])

    def __float__(self):
        return float(self._values)

    def __bool__(self):
        return bool(self._values)

    def __repr__(self):
        return f"tensor({self._values})"


Tensor.__module__ = "torch"
