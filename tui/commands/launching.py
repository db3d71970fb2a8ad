"""From parsed options to a launch: the servers, with what the command line says over the config."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from collections.abc import Sequence

from core.api.launch import Launch, open_launch


def launch_for(arguments: Namespace, targets: Sequence[str]) -> Launch:
    """The launch for ``targets``; raises ``ConfigError`` when the config can't be used."""
    launch = open_launch(targets, arguments.config, state_folder=arguments.state_folder)
    return with_options(launch, arguments)


def with_options(launch: Launch, arguments: Namespace) -> Launch:
    """``launch`` with ``--theme`` and ``--low-bandwidth`` in the place of the config's."""
    console = launch.settings.console
    console = dataclasses.replace(
        console,
        theme=arguments.theme or console.theme,
        low_bandwidth=arguments.low_bandwidth or console.low_bandwidth,
    )
    settings = dataclasses.replace(launch.settings, console=console)
    return dataclasses.replace(launch, settings=settings)
