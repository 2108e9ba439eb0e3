"""Buttons that open a notebook elsewhere, for a repository that others can reach; none for a local one."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

PROVIDERS = ("github", "gitlab")
BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"
# https://user:secret@host:port/owner/name.git and the like; whoever built the book stays out of the link
URL = re.compile(r"(?:https?|ssh|git)://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/(?P<path>.+)")
SCP = re.compile(r"(?:[\w.-]+@)(?P<host>[\w.-]+):(?P<path>[^/].*)")  # git@host:owner/name.git


@dataclass(frozen=True)
class Repository:
    """A repository on a public host."""

    host: str
    path: str  # owner/name; on GitLab groups/…/name
    provider: str

    @property
    def url(self) -> str:
        """Return the repository's page."""
        return f"https://{self.host}/{self.path}"


def parse(remote: str) -> Repository | None:
    """Return the repository that a git remote names; None for a local path or an unknown kind of host."""
    match = URL.fullmatch(remote.strip()) or SCP.fullmatch(remote.strip())
    if match is None:
        return None
    host = match["host"].lower()
    path = match["path"].rstrip("/").removesuffix(".git")
    provider = next((name for name in PROVIDERS if name in host), None)
    if provider is None or not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", path):
        return None
    return Repository(host, path, provider)


def theme_options(repository: Repository | None, branch: str) -> dict[str, object]:
    """Return the theme's options for this repository."""
    if repository is None:
        return {"repository_url": "", "use_repository_button": False, "launch_buttons": {}}
    launch = {"notebook_interface": "jupyterlab", "binderhub_url": BINDER}
    if repository.host == "github.com":  # Colab opens nothing else
        launch["colab_url"] = COLAB
    return {
        "repository_url": repository.url,
        "repository_provider": repository.provider,
        "repository_branch": branch,
        "use_repository_button": True,
        "launch_buttons": launch,
    }


def repository_of(root: Path) -> Repository | None:
    """Return the public repository that the checkout at `root` belongs to, if there is one."""
    inside = _git(root, "rev-parse", "--show-toplevel")
    # A book copied into someone else's repository is not at that repository's address.
    if not inside or Path(inside).resolve() != root.resolve():
        return None
    return parse(_git(root, "config", "--get", "remote.origin.url"))


def add_buttons(app: Sphinx, config: Config) -> None:
    """Set the theme's launch and repository buttons from the remote that git knows at build time."""
    root = Path(app.srcdir)
    repository = repository_of(root)
    config.html_theme_options.update(theme_options(repository, _branch(root) if repository else ""))


def _branch(root: Path) -> str:
    """Return the branch that readers get: the remote's default, else the one checked out."""
    default = _git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    return default or _git(root, "branch", "--show-current") or "main"


def _git(root: Path, *arguments: str) -> str:
    """Return git's answer, or nothing where there is no git or no repository."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
