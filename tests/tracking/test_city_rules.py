import pytest

from tracking.city_rules import RuleSettingsError, check_settings, rules_for
from tracking.rules import DEFAULT_RULES


def test_nothing_set_gives_the_vehicles_own_limits():
    assert rules_for(None, "car") == DEFAULT_RULES
    assert rules_for({}, "a cart") == DEFAULT_RULES
    assert rules_for(None, "bicycle").speed_limit_mps == 12.5
    assert rules_for(None, "foot").speed_limit_mps < 5


def test_the_nearer_setting_wins():
    settings = {"all": {"gap_s": 120, "speed_limit_mps": 20.0}, "bicycle": {"speed_limit_mps": 8.0}}

    assert (rules_for(settings, "car").gap_s, rules_for(settings, "car").speed_limit_mps) == (120, 20.0)
    assert (rules_for(settings, "bicycle").gap_s, rules_for(settings, "bicycle").speed_limit_mps) == (120, 8.0)
    assert rules_for(settings, "car").corridor_m == DEFAULT_RULES.corridor_m


@pytest.mark.parametrize(
    ("settings", "code", "where"),
    [
        ([], "no_object", "settings"),
        ({"all": 3}, "no_object", "all"),
        ({"all": {"gap": 3}}, "unknown_limit", "all.gap"),
        ({"car": {"gap_s": "3"}}, "no_number", "car.gap_s"),
        ({"car": {"gap_s": True}}, "no_number", "car.gap_s"),
        ({"car": {"gap_s": float("nan")}}, "no_number", "car.gap_s"),
        ({"car": {"gap_s": -1}}, "out_of_range", "car.gap_s"),
        ({"car": {"wrong_way_pings": 2.5}}, "no_count", "car.wrong_way_pings"),
        ({"car": {"wrong_way_pings": 0}}, "out_of_range", "car.wrong_way_pings"),
        ({"car": {"corridor_scale_m": 0}}, "out_of_range", "car.corridor_scale_m"),
        ({"car": {"remembered_fixes": 3}}, "out_of_range", "car.remembered_fixes"),
        ({"van": {"leave_radius_m": 40}}, "out_of_order", "van.arrive_radius_m"),
    ],
)
def test_what_is_wrong_is_listed_with_its_place(settings, code: str, where: str):
    problems = check_settings(settings)

    assert [(p.code, p.where) for p in problems] == [(code, where)]


def test_all_problems_are_listed_and_none_is_used():
    settings = {"all": {"gap": 3, "stall_s": -1}, "car": {"news_share": 2}}

    with pytest.raises(RuleSettingsError) as caught:
        rules_for(settings, "car")

    assert len(caught.value.problems) == 3


def test_misspelt_limit_is_told_its_right_name():
    assert "stall_radius_m" in check_settings({"all": {"stall_radius": 60}})[0].message


def test_walking_past_a_stop_at_a_usual_pace_is_shorter_than_the_dwell_of_an_arrival():
    foot = rules_for(None, "foot")

    assert 2 * foot.arrive_radius_m / 1.2 < foot.arrive_dwell_s
    assert foot.skipped_after_m < rules_for(None, "car").skipped_after_m
