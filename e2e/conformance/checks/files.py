"""Pictures: in, re-encoded, attached, linked, out."""

import asyncio
import io
import uuid
from urllib.parse import parse_qs, urlparse

from PIL import Image

from stage import Stage, conversation
from wire import Socket

UPLOADED = {"url", "id", "contentType", "size", "width", "height", "thumbnailUrl", "placeholder"}


async def story(stage: Stage) -> None:
    trainer, client = await stage.pair()
    other = await stage.person("Otto", "User")
    file = await uploads(stage, client)
    await refusals(stage, client)
    await downloads(stage, file)
    await attaches(stage, trainer, client, other, file)


async def uploads(stage: Stage, client) -> dict:
    report = stage.report
    file = {}
    for kind in ("PNG", "WEBP", "JPEG"):
        answer = await upload(stage, client, picture(kind), f"front.{kind.lower()}", f"image/{kind.lower()}")
        if not report.equal(f"upload: {kind} is 201", (answer.status_code, answer.text[:200] if answer.status_code != 201 else ""), (201, "")):
            continue
        file = answer.json()
        report.equal(f"upload: {kind}: the fields", set(file), UPLOADED)
        report.equal(f"upload: {kind}: width and height", (file["width"], file["height"]), (640, 480))
    return file


async def refusals(stage: Stage, client) -> None:
    whole = picture("JPEG")
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    for promise, data, name, status, codes in [
        ("SVG", svg, "x.svg", 415, ("unsupported_media_type",)),
        ("HTML as JPEG", b"<html><script>1</script></html>", "x.jpg", 415, ("unsupported_media_type",)),
        ("PDF as JPEG", b"%PDF-1.7\n", "x.jpg", 415, ("unsupported_media_type",)),
        ("nothing", b"", "x.jpg", (415, 422), ("unsupported_media_type", "upload_rejected", "invalid_field")),
        ("half a picture", picture("PNG")[:200], "x.png", 422, ("upload_rejected",)),
        ("10 MiB and a byte", whole + b"\0" * (10_485_761 - len(whole)), "x.jpg", 413, ("payload_too_large",)),
    ]:
        answer = await upload(stage, client, data, name, "image/jpeg")
        statuses = status if isinstance(status, tuple) else (status,)
        code = answer.json().get("code") if answer.content else None
        stage.report.check(f"upload: {promise}", answer.status_code in statuses and code in codes, (answer.status_code, answer.text[:300]))
    answer = await stage.call("POST", "/api/files/upload", token=client.token, files={"other": ("a.png", picture("PNG"), "image/png")})
    stage.refused("upload: no field `file`", answer, 422, "invalid_field", "file")
    answer = await stage.call("POST", "/api/files/upload", token=client.token, json={})
    stage.report.check("upload: no multipart", answer.status_code in (400, 415), answer.text)
    answer = await stage.call("POST", "/api/files/upload", files={"file": ("a.png", picture("PNG"), "image/png")})
    stage.refused("upload: no token", answer, 401, "unauthenticated")
    answer = await stage.call("POST", "/api/files/upload", token=stage.platform, files={"file": ("a.png", picture("PNG"), "image/png")})
    stage.refused("upload: Platform", answer, 403, "forbidden")


async def downloads(stage: Stage, file: dict) -> None:
    report = stage.report
    for name, url in {"url": file["url"], "thumbnailUrl": file["thumbnailUrl"]}.items():
        answer = await stage.http.get(url)
        report.equal(f"{name}: served", answer.status_code, 200)
        report.check(f"{name}: is a picture", answer.headers.get("content-type", "").startswith("image/"), answer.headers)
    answer = await stage.http.get(file["url"])
    exif = Image.open(io.BytesIO(answer.content)).getexif()
    report.equal("url: no metadata", (dict(exif), b"GPS-SECRET" in answer.content), ({}, False))
    report.equal("url: nosniff", answer.headers.get("x-content-type-options"), "nosniff")
    report.check("url: private cache", "private" in answer.headers.get("cache-control", ""), answer.headers)
    report.equal("url: size", len(answer.content), file["size"])
    part = await stage.http.get(file["url"], headers={"Range": "bytes=2-9"})
    report.equal("url: Range", (part.status_code, part.content, part.headers.get("content-range")), (206, answer.content[2:10], f"bytes 2-9/{len(answer.content)}"))
    beyond = await stage.http.get(file["url"], headers={"Range": "bytes=99999999-"})
    report.equal("url: a range beyond the end", beyond.status_code, 416)
    head = await stage.http.head(file["url"])
    report.equal("url: HEAD", (head.status_code, head.headers.get("content-length"), head.content), (200, str(len(answer.content)), b""))
    exp = int(parse_qs(urlparse(file["url"]).query)["exp"][0])
    report.equal("url: ends with a full hour", exp % 3600, 0)
    for promise, url in {
        "another exp": file["url"].replace(f"exp={exp}", f"exp={exp + 3600}"),
        "another variant": file["url"].replace("/full?", "/screen?"),
        "another file": file["url"].replace(file["id"], str(uuid.uuid4())),
        "no signature": file["url"].split("?")[0],
        "an expired link": file["url"].replace(f"exp={exp}", "exp=1700000000"),
    }.items():
        answer = await stage.http.get(url)
        report.check(f"url: {promise} is 403 or 404 in problem+json", answer.status_code in (403, 404) and answer.headers.get("content-type") == "application/problem+json", (answer.status_code, answer.text[:300]))


async def attaches(stage: Stage, trainer, client, other, file: dict) -> None:
    report = stage.report
    room = conversation(trainer, client)
    phone, desk = await Socket.open(stage, client), await Socket.open(stage, trainer)

    async def links(person) -> list[str]:
        answer = await stage.call("POST", "/api/files/links", token=person.token, json={"ids": [file["id"], str(uuid.uuid4())]})
        return [link["id"] for link in answer.json()["data"]]

    report.equal("links: the uploader", await links(client), [file["id"]])
    report.equal("links: not the peer before it is sent", await links(trainer), [])
    ack = await phone.send(room, "Front view", attachments=[file["id"]])
    report.equal("a message with a file", (ack["type"], ack.get("code")), ("ack", None))
    told = await desk.expect("message")
    attachment = told["message"]["attachments"][0]
    keys = {"id", "url", "contentType", "size", "name", "width", "height", "thumbnailUrl", "placeholder", "durationMs", "waveform"}
    report.equal("the attachment's fields", set(attachment), keys)
    report.equal("the link in it works", (await stage.http.get(attachment["url"])).status_code, 200)
    ack = await phone.send(room, None, attachments=[file["id"]])
    report.check("a file without text", ack["type"] == "ack" or ack.get("code") == "invalid_field", ack)
    report.equal("links: the peer after it was sent", await links(trainer), [file["id"]])
    report.equal("links: not others", await links(other), [])
    answer = await desk.send(room, "x", attachments=[file["id"]])
    report.check("another's file cannot be attached", answer.get("code") in ("invalid_field", "not_found"), answer)
    answer = await stage.call("POST", "/api/files/links", token=client.token, json={"ids": ["x"]})
    stage.refused("links: a malformed id", answer, 422, "invalid_field", "ids")
    answer = await stage.call("POST", "/api/files/links", token=client.token, json={"ids": [str(uuid.uuid4()) for _ in range(101)]})
    stage.refused("links: 101 ids", answer, 422, "invalid_field", "ids")
    history = await stage.call("GET", "/api/chat/history", token=client.token, params={"userId": client.id, "trainerId": trainer.id})
    report.check("history has the attachment with its links", history.json()[0]["attachments"][0].get("url") is not None, history.text[:600])
    seq = history.json()[0]["seq"]
    await phone.ask({"type": "delete", "conversationId": room, "seq": seq})
    await asyncio.sleep(0.2)
    history = await stage.call("GET", "/api/chat/history", token=client.token, params={"userId": client.id, "trainerId": trainer.id})
    report.equal("a deleted message has no attachments", history.json()[0]["attachments"], [])
    await phone.close()
    await desk.close()


async def upload(stage: Stage, person, data: bytes, name: str, kind: str):
    return await stage.call("POST", "/api/files/upload", token=person.token, files={"file": (name, data, kind)})


def picture(kind: str) -> bytes:
    image = Image.effect_noise((640, 480), 80).convert("RGB")
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "GPS-SECRET"
    image.save(out, kind, exif=exif.tobytes())
    return out.getvalue()
