"""Take the README's picture of the late mixer from the built landing page: `make picture`."""

from tests.bench.pages import READY, ROOT, chromium

PICTURE = ROOT / "book" / "images" / "late-mixer.png"
WEIGHTS = (1.2, 0.6, 2.0, 0.9, 1.5)


def take(browser) -> None:
    """Set some weights and write the mixer as a PNG, twice as dense as the screen's pixels."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, device_scale_factor=2)
    page = context.new_page()
    page.goto((ROOT / "_build" / "html" / "book" / "index.html").as_uri())
    mixer = page.locator(READY).first
    for slider, weight in zip(mixer.locator("input[type=range]").all(), WEIGHTS, strict=False):
        slider.fill(str(weight))
    page.wait_for_timeout(500)  # the status line follows after a pause
    PICTURE.parent.mkdir(exist_ok=True)
    mixer.screenshot(path=PICTURE)
    context.close()


with chromium() as running:
    take(running)
