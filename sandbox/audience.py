"""The audience model: how a short video is watched, liked, clicked and paid, as pure functions of a seed and an age.

Shaped after what creators see: a test pool in the first hours, then the video decays or takes off, then a long tail.
Every cumulative number is the floor of a growing function, so it is whole and never shrinks.
The rates are the model's own assumptions within commonly reported ranges; they are no measurement of any platform.
"""

import math
import random
from dataclasses import dataclass

HOUR_S = 3600.0
RATIOS = 100  # points of a retention curve: 0.01 .. 1.00


@dataclass(frozen=True)
class Profile:
    """What the audience thinks of one video. Rates are per view unless a name says otherwise."""

    duration_s: float
    pool_views: float
    pool_hours: float
    wave_views: float  # 0 when the video does not take off
    wave_centre_h: float
    wave_width_h: float
    tail_views: float  # per e-fold of days
    engaged_rate: float
    like_rate: float
    comment_rate: float
    share_rate: float
    subscriber_rate: float
    hook: float  # watch ratio at the first instant; above 1 where viewers loop
    decay: float  # how fast watching falls over the length of the video
    revenue_micro_usd: float  # per engaged view
    click_rate: float
    order_rate: float  # per click


@dataclass(frozen=True)
class Numbers:
    """Cumulative counters of one video at one age."""

    views: int = 0
    engaged_views: int = 0
    watch_s: int = 0
    likes: int = 0
    comments: int = 0
    shares: int = 0
    subscribers: int = 0
    revenue_micro_usd: int = 0

    def minus(self, other: "Numbers") -> "Numbers":
        return Numbers(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))

    def plus(self, other: "Numbers") -> "Numbers":
        return Numbers(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def appeal_of(duration_s: float, hour_utc: int) -> float:
    """Return what the maker can influence, 0.6..1.3: 20 to 40 seconds is liked best, and evenings UTC reach more people."""
    length = math.exp(-(((max(duration_s, 1.0) - 30.0) / 35.0) ** 2))
    evening = 0.5 + 0.5 * math.cos((hour_utc - 19) / 24 * 2 * math.pi)
    return 0.6 + 0.5 * length + 0.2 * evening


def make_profile(seed: int, video_id: str, duration_s: float, hour_utc: int) -> Profile:
    """Draw the profile of a video; the same arguments always give the same profile."""
    draw = random.Random(f"{seed}/{video_id}")
    appeal = appeal_of(duration_s, hour_utc) * draw.lognormvariate(0.0, 0.35)
    pool = draw.uniform(400, 1500) * appeal
    wave = draw.lognormvariate(math.log(9000), 1.0) * appeal
    takes_off = draw.random() < min(0.9, 0.5 * appeal)
    return Profile(
        duration_s=max(duration_s, 1.0),
        pool_views=pool,
        pool_hours=draw.uniform(1.5, 4.0),
        wave_views=wave if takes_off else 0.0,
        wave_centre_h=draw.uniform(9, 26),
        wave_width_h=draw.uniform(3, 6),
        tail_views=pool * draw.uniform(0.03, 0.09),
        engaged_rate=draw.uniform(0.55, 0.8),
        like_rate=draw.uniform(0.015, 0.06),
        comment_rate=draw.uniform(0.0008, 0.004),
        share_rate=draw.uniform(0.001, 0.006),
        subscriber_rate=draw.uniform(0.0005, 0.003),
        hook=draw.uniform(0.95, 1.25),
        decay=draw.uniform(0.3, 1.6) / appeal,
        revenue_micro_usd=draw.uniform(40, 130),
        click_rate=draw.uniform(0.004, 0.012),
        order_rate=draw.uniform(0.015, 0.05),
    )


def reach(profile: Profile, age_s: float) -> float:
    """Return the expected views after `age_s` seconds in public; 0 at age 0 and never falling."""
    hours = max(age_s, 0.0) / HOUR_S
    pool = profile.pool_views * -math.expm1(-hours / profile.pool_hours)
    floor = _logistic(-profile.wave_centre_h / profile.wave_width_h)
    wave = (_logistic((hours - profile.wave_centre_h) / profile.wave_width_h) - floor) / (1.0 - floor)
    return pool + profile.wave_views * max(wave, 0.0) + profile.tail_views * math.log1p(hours / 24.0)


def numbers(profile: Profile, age_s: float) -> Numbers:
    """Return the counters after `age_s` seconds in public."""
    views = reach(profile, age_s)
    engaged = views * profile.engaged_rate
    return Numbers(
        views=int(views),
        engaged_views=int(engaged),
        watch_s=int(views * mean_retention(profile) * profile.duration_s),
        likes=int(views * profile.like_rate),
        comments=int(views * profile.comment_rate),
        shares=int(views * profile.share_rate),
        subscribers=int(views * profile.subscriber_rate),
        revenue_micro_usd=int(engaged * profile.revenue_micro_usd),
    )


def retention(profile: Profile, ratio: float) -> float:
    """Return the share of viewers watching at `ratio` (0..1) of the video; above 1 where it is looped."""
    return profile.hook * math.exp(-profile.decay * ratio)


def mean_retention(profile: Profile) -> float:
    """Return the mean of the retention curve, the average view percentage divided by 100."""
    return sum(retention(profile, step / RATIOS) for step in range(1, RATIOS + 1)) / RATIOS


def clicks(profile: Profile, age_s: float) -> float:
    """Return the expected clicks on a link in the description."""
    return reach(profile, age_s) * profile.click_rate


def orders(profile: Profile, age_s: float) -> float:
    """Return the expected orders that follow those clicks."""
    return clicks(profile, age_s) * profile.order_rate


def age_of_order(profile: Profile, wanted: float, upto_s: float) -> float:
    """Return the age in seconds (at most `upto_s`) at which the expected orders reach `wanted`, to a tenth of a second."""
    low, high = 0.0, upto_s
    while high - low > 0.1:
        middle = (low + high) / 2
        low, high = (middle, high) if orders(profile, middle) < wanted else (low, middle)
    return high


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -500 else 0.0
