"""Take a picture of every explorer as it opens, for print and for browsers without scripts: `make stills`."""

import io
import json
import sys

from PIL import Image

from tests.bench.pages import HTML, ROOT, built_pages, chromium

sys.path.insert(0, str(ROOT / "book"))
from fusionbook.site.stills import FOLDER, MANIFEST

SETTINGS = {"viewport": {"width": 1100, "height": 1800}, "color_scheme": "light", "reduced_motion": "reduce"}
CARD = 860  # px: how wide a card is on the picture; the pictures are twice as dense
SMALL = 320


def explorers(page, wide=CARD):
    """Scroll to every explorer of a page, one after the other, and yield it once it is drawn, `wide` px wide."""
    places = page.locator(".explorer-place")
    for k in range(places.count()):
        place = places.nth(k)
        place.evaluate(
            "(node, wide) => { node.style.width = `${wide}px`; node.scrollIntoView({ block: 'center' }); }", wide
        )
        section = place.locator("section.explorer[data-ready=true]")
        section.wait_for()
        page.wait_for_timeout(700)  # fonts, and the status line, which follows after a pause
        yield section


def take(browser) -> None:
    """Write two pictures of every explorer, and what is to be known of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*"):
        old.unlink()
    known = {}
    for path in built_pages():
        context = browser.new_context(**SETTINGS, device_scale_factor=2)
        page = context.new_page()
        page.goto(path.as_uri())
        page.add_style_tag(content="#pst-back-to-top, .bd-header-article { display: none !important; }")
        name = path.relative_to(HTML).with_suffix("").as_posix()
        for k, section in enumerate(explorers(page), 1):
            picture = Image.open(io.BytesIO(section.screenshot())).convert("RGB")
            file, small = (f"{path.stem}-{k}{end}.webp" for end in ("", "-small"))
            wide, high = picture.size
            picture.resize((wide * 3 // 4, high * 3 // 4)).save(FOLDER / file, quality=60, method=6)
            height = round(SMALL * high / wide)
            cut = picture.resize((2 * SMALL, 2 * height)).crop((0, 0, 2 * SMALL, min(2 * height, 2 * 220)))
            cut.save(FOLDER / small, quality=50, method=6)
            told = {"file": file, "small": small, "label": section.get_attribute("aria-label")}
            told |= {"kind": section.get_attribute("data-explorer"), "width": wide // 2, "height": high // 2}
            told |= {"small_height": cut.height // 2, "words": section.locator("[role=status]").first.text_content()}
            known.setdefault(name, []).append(told)
        context.close()
    MANIFEST.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    weight = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    print(f"{sum(map(len, known.values()))} explorers, {weight / 1e3:.0f} kB")


if __name__ == "__main__":
    with chromium() as running:
        take(running)
