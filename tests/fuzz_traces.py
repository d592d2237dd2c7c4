"""Under jit, vmap and grad: NaN comes out where NaN goes in, and what cannot be traced says so."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz_cases import Case
from fuzz_subjects import SUBJECTS

from entropylab.estimators import CATALOGUE

# Host estimators with a path of their own under a trace.
DERIVED = {"kozachenko_leonenko", "renyi", "tsallis", "density_of_points"}
SPOILED = {
    "one entry": "{0}.at[(0,) * {0}.ndim].set(jnp.nan)",
    "one row in the middle": "{0}.at[len({0}) // 2].set(jnp.nan)",
    "half": "{0}.at[::2].set(jnp.nan)",
    "all": "{0} * jnp.nan",
}
ENDLESS = {"infinite": "{0}.at[0].set(jnp.inf)", "both infinities": "{0}.at[0].set(jnp.inf).at[1].set(-jnp.inf)"}


def traces(seed: int) -> Iterator[Case]:
    """NaN under jit and grad, in every real argument; larger samples for what searches trees."""
    for subject in SUBJECTS:
        if not (subject.traced or subject.name in DERIVED) or subject.takes in ("mixture", "list"):
            continue
        sizes = (
            [""] if subject.name not in DERIVED else ["", "x = rng.normal(size=(300, 2))", "x = rng.normal(size=300)"]
        )
        for name, kind in zip(subject.data, subject.kinds, strict=True):
            if kind != "real":
                continue
            for more in sizes:
                if more.endswith("=300)") and len(subject.data) > 1:
                    continue
                for text, demand in [(t, "nan") for t in SPOILED.values()] + [
                    (t, "anything") for t in ENDLESS.values()
                ]:
                    if (
                        subject.name in ("sparsemax", "entmax15", "top_k", "sparsity", "threshold_rows")
                        and demand == "anything"
                    ):
                        continue
                    setup = "; ".join(filter(None, [subject.seeded(seed), more, f"{name} = jnp.asarray({name})"]))
                    setup += f"; {name} = {text.format(name)}"
                    call = f"jax.jit(lambda {name}: {subject.call()})({name})"
                    yield Case("NaN under jit", subject.name, subject.room, setup, call, demand)
                    if demand == "nan" and subject.name in CATALOGUE and CATALOGUE[subject.name].differentiable:
                        call = f"jax.jit(jax.grad(lambda {name}: jnp.sum({subject.call()})))({name})"
                        yield Case("NaN under grad", subject.name, subject.room, setup, call, demand)


def untraceable(seed: int) -> Iterator[Case]:
    """Transforms of everything: the eager number, or one error that names the function or the argument."""
    for subject in SUBJECTS:
        if subject.takes in ("mixture", "list") or subject.name in ("Mixture", "shihab_bound_status"):
            continue
        for name, kind in zip(subject.data, subject.kinds, strict=True):
            eager = subject.call()
            closed = f"jnp.sum({eager}) * s" if subject.takes else f"(({eager}), s)[1]"
            trials = [
                (f"jax.jit(lambda {name}: {eager})({name})", eager),
                (f"jax.vmap(lambda {name}: {eager})(jnp.stack([{name}] * 2))", f"np.stack([np.asarray({eager})] * 2)"),
                (f"jax.jit(lambda s: {closed})(2.)", f"2. * jnp.sum({eager})" if subject.takes else "2."),
            ]
            if kind == "real":
                slope = f"jax.grad(lambda {name}: jnp.sum({eager}))"
                trials += [
                    (f"{slope}({name})", ""),
                    (f"jax.jit({slope})({name})", ""),
                    (f"jax.jvp(lambda {name}: {eager}, ({name},), ({name},))", ""),
                ]
                if not subject.traced or subject.name in ("kde", "soft_match", "gaussian"):
                    trials.append((f"jax.hessian(lambda {name}: jnp.sum({eager}))({name})", ""))
            for call, expected in trials:
                yield Case(
                    "transforms",
                    subject.name,
                    subject.room,
                    f"{subject.seeded(seed)}; {name} = jnp.asarray({name})",
                    call,
                    "equal or one error" if expected else "anything or one error",
                    expected,
                    1e-8,
                    (subject.name, *subject.data),
                )


def slopes(seed: int) -> Iterator[Case]:
    """The derivative in every number among the knobs, against central differences."""
    for subject in SUBJECTS:
        card = CATALOGUE.get(subject.name)
        if card is None or not card.differentiable:
            continue
        for name, knob in card.knobs.items():
            if knob.kind != "number":
                continue
            at = knob.default
            h = 1e-5 * at
            call = subject.call(**{name: "t"})
            yield Case(
                "slopes",
                subject.name,
                subject.room,
                subject.seeded(seed),
                f"jax.grad(lambda t: {call})({at!r})",
                "equal or one error",
                f"({subject.call(**{name: repr(at + h)})} - {subject.call(**{name: repr(at - h)})}) / {2 * h!r}",
                1e-4,
            )
        if subject.name in ("kde", "kde_mutual_information"):
            call = subject.call(bandwidth="t")
            yield Case(
                "slopes",
                subject.name,
                subject.room,
                subject.seeded(seed),
                f"jax.grad(lambda t: {call})(.4)",
                "equal or one error",
                f"({subject.call(bandwidth='.40001')} - {subject.call(bandwidth='.39999')}) / 2e-5",
                1e-4,
            )
