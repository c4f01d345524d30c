"""What must not be seen: finding it, covering it, checking that nothing was left."""

from tools.video.anonymise.find import find_hidden
from tools.video.anonymise.mask import mask_frames, mask_size
from tools.video.anonymise.people import KnownPerson, know
from tools.video.anonymise.verify import Leak, Leaks, cover_leaks, verify
from tools.video.regions import DrawnRegion

__all__ = ["DrawnRegion", "KnownPerson", "Leak", "Leaks", "cover_leaks", "find_hidden", "know", "mask_frames", "mask_size", "verify"]
