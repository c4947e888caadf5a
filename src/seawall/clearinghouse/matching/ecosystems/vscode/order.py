"""Extensions of Visual Studio Code: versions are npm's, names are a publisher and a name, without case."""

from dataclasses import replace

from seawall.clearinghouse.matching.ecosystems.npm import order as npm

ECOSYSTEM = replace(npm.ECOSYSTEM, name="VSCode", purl_types=frozenset({"vscode-extension"}))
