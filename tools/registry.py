"""Every tool there is, by the specialist who holds it. Registered in the open: no scanning, no side effects of an import."""

from collections.abc import Mapping

from tools.analytics.tools import ANALYTICS_TOOLS
from tools.discovery.tools import DISCOVERY_TOOLS
from tools.monetization.tools import MONETIZATION_TOOLS
from tools.planning import PLANNING_TOOLS
from tools.publishing.tools import PUBLISHING_TOOLS
from tools.toolkit import Tool, Toolset
from tools.video.anonymise.tools import PEOPLE_TOOLS
from tools.video.edit.tools import EDIT_TOOLS
from tools.video.tools import VIDEO_TOOLS

BY_AGENT: Mapping[str, tuple[Tool, ...]] = {
    "supervisor": PLANNING_TOOLS,
    "scout": DISCOVERY_TOOLS,
    "producer": (*VIDEO_TOOLS, *EDIT_TOOLS, *PEOPLE_TOOLS),
    "publisher": PUBLISHING_TOOLS,
    "treasurer": (*ANALYTICS_TOOLS, *MONETIZATION_TOOLS),
}

TOOLS: Toolset = {tool.name: tool for tools in BY_AGENT.values() for tool in tools}
