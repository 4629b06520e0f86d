import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.polyline import decode, encode
from zones.lonlat import LonLat

places = st.builds(LonLat, lon=st.floats(-180, 180), lat=st.floats(-90, 90))


def test_text_is_that_of_the_published_example():
    points = [LonLat(lon=-120.2, lat=38.5), LonLat(lon=-120.95, lat=40.7), LonLat(lon=-126.453, lat=43.252)]

    assert encode(points) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


@given(st.lists(places, max_size=30))
def test_points_come_back_to_about_a_metre(points: list[LonLat]):
    back = decode(encode(points))

    assert [p.lon for p in back] == pytest.approx([p.lon for p in points], abs=1e-5)
    assert [p.lat for p in back] == pytest.approx([p.lat for p in points], abs=1e-5)
