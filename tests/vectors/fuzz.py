"""Coverage-guided fuzzing of one entrance, by Atheris in a process of its own: it ends the process itself.

Arguments: the entrance, then libFuzzer's own (`-runs=`, `-seed=`). An exception that is not ours, or an input that
costs too much, ends it with another status than 0.
"""

import sys

import atheris

with atheris.instrument_imports(include=["idp.jpki"]):
    from vectors.entrances import entrances


def main(name: str, *options: str) -> None:
    """Fuzz until the runs are over."""
    entrance = entrances()[name]

    def one(data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        seed = bytearray(entrance.seed)
        for _ in range(provider.ConsumeIntInRange(0, 6)):
            at = provider.ConsumeIntInRange(0, len(seed) - 1)
            cut = provider.ConsumeIntInRange(0, 4)
            seed[at : at + cut] = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 6))
        entrance.enter(bytes(seed))
        entrance.enter(data)

    entrance.enter(entrance.seed)
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
