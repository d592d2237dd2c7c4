"""Compiled loops as calls inside JAX programs on a CPU: XLA hands over its buffers, without a copy or the interpreter.

XLA describes a call by a frame of machine words, laid out as in its xla/ffi/api/c_api.h.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from numba import carray, types
from numba.extending import intrinsic

from entropylab.kernels.compilation import cfunc, njit

_WORD_POINTER = types.CPointer(types.intp)
# Where a word lies in its structure.
_EXTENSION, _ARGUMENTS, _RESULTS = 1, 9, 14  # of a frame
_DATA, _RANK, _SHAPE = 3, 4, 5  # of a buffer
_KIND, _METADATA = 1, 3  # of an extension; kind 1 asks what the kernel is
_VERSION = 3  # of the metadata
_API_VERSION = 1 << 32  # version 0.1 of the layout: XLA refuses a kernel that needs what it no longer keeps to

_registered: dict[str, object] = {}
_lock = threading.Lock()


def ffi_call(name: str, kernel: Callable, plain: Callable, shapes: tuple, *arguments):
    """Results of the `shapes` and types given, from `kernel(frame)` called in a JAX program.

    `kernel` is Python that numba can compile, and does so when it is first called for; `name` stands for it in this
    process. It starts with `if asked(frame): return 0` and returns 0. Its derivative is that of `plain(*arguments)`,
    the same results in JAX. Over a mapped axis it is called repeatedly.
    """
    with _lock:
        if name not in _registered:
            _registered[name] = cfunc(types.intp(_WORD_POINTER))(kernel)
            jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(_registered[name].ctypes), platform="cpu")
    return tuple(_call.bind(*arguments, name=name, plain=plain, shapes=shapes))


# A primitive and no custom_jvp: of that JAX forgets the derivative where a loop is differentiated twice.
_call = Primitive("entropylab_foreign_call")
_call.multiple_results = True


def _called(*arguments, name, plain, shapes):
    return jax.ffi.ffi_call(name, shapes)(*arguments)


@cache
def _jitted(**which):
    return jax.jit(lambda *arguments: _call.bind(*arguments, **which))


@_call.def_impl
def _now(*arguments, **which):
    return _jitted(**which)(*arguments)


@_call.def_abstract_eval
def _shapes(*arguments, name, plain, shapes):
    return [jax.core.ShapedArray(one.shape, one.dtype) for one in shapes]


def _jvp_rule(at, along, **which):
    along = tuple(ad.instantiate_zeros(one) for one in along)
    return _call.bind(*at, **which), list(jax.jvp(which["plain"], tuple(at), along)[1])


def _sequential_batching(arguments, axes, **which):
    length = next(x.shape[axis] for x, axis in zip(arguments, axes, strict=True) if axis is not None)
    moved = [
        jnp.broadcast_to(x, (length, *x.shape)) if axis is None else jnp.moveaxis(x, axis, 0)
        for x, axis in zip(arguments, axes, strict=True)
    ]
    found = lax.map(lambda each: _call.bind(*each, **which), moved)
    return found, [0] * len(found)


mlir.register_lowering(_call, mlir.lower_fun(_called, multiple_results=True))
ad.primitive_jvps[_call] = _jvp_rule
batching.primitive_batchers[_call] = _sequential_batching


def _pointer(element):
    @intrinsic
    def pointer(typing, place):
        def code(context, builder, signature, values):
            return builder.inttoptr(values[0], context.get_value_type(element).as_pointer())

        return types.CPointer(element)(place), code

    return pointer


_words, _floats = _pointer(types.intp), _pointer(types.float32)


@njit(cache=True)
def is_metadata_query(frame):
    """True where XLA does not call but wants to know what layout the kernel was written for, which is told."""
    extension = _words(frame[_EXTENSION])
    if frame[_EXTENSION] == 0 or extension[_KIND] & 0xFFFFFFFF != 1:
        return False
    _words(extension[_METADATA])[_VERSION] = _API_VERSION
    return True


@njit(cache=True)
def argument(frame, i):
    """Argument i, of float32, as a flat array."""
    return _flat(_words(_words(frame[_ARGUMENTS])[i]))


@njit(cache=True)
def result(frame, i):
    """Result i, of float32, as a flat array to be filled."""
    return _flat(_words(_words(frame[_RESULTS])[i]))


@njit(cache=True)
def length(frame, i, axis):
    """The length of an axis of argument i."""
    return _words(_words(_words(frame[_ARGUMENTS])[i])[_SHAPE])[axis]


@njit(cache=True)
def _flat(buffer):
    size = 1
    for axis in range(buffer[_RANK]):
        size *= _words(buffer[_SHAPE])[axis]
    return carray(_floats(buffer[_DATA]), (size,), np.float32)
