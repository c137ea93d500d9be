"""A command of ours, called as a shell would."""


def run(runner, *words, **options):
    return runner.invoke(args=list(words), **options)
