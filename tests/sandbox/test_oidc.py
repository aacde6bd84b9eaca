"""The sandbox's sign-in, by the client library that the portal uses: code, PKCE, id token, userinfo, refusals."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

CALLBACK = "http://localhost:8501/oauth2callback"


def discovered(house: Any) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{house.url}/oidc/.well-known/openid-configuration").json()
    return found


def client(method: str = "client_secret_basic", **options: Any) -> OAuth2Client:
    return OAuth2Client(
        "billhouse",
        "oidc_sandbox_secret",
        redirect_uri=CALLBACK,
        scope="openid email profile",
        token_endpoint_auth_method=method,
        code_challenge_method="S256",
        **options,
    )


def sign_in(
    house: Any, one: OAuth2Client, verifier: str, email: str = "chen@lampa.example", **more: str
) -> str:
    """Fill in the form like a browser and return the address that the person is sent back to."""
    url, _ = one.create_authorization_url(
        discovered(house)["authorization_endpoint"], code_verifier=verifier, nonce="n-1", state="s-1", **more
    )
    page = httpx.get(url)
    assert page.status_code == 200
    assert re.search(r'name="password" type="password"', page.text)
    sent = httpx.post(url, data={"email": email, "password": "demo"})
    assert sent.status_code == 303
    return sent.headers["location"]


def claims_of(house: Any, token: dict[str, Any]) -> CodeIDToken:
    keys = KeySet.import_key_set(httpx.get(discovered(house)["jwks_uri"]).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    options = {
        "iss": {"essential": True, "value": f"{house.url}/oidc"},
        "aud": {"essential": True, "value": "billhouse"},
        "nonce": {"essential": True, "value": "n-1"},
    }
    params = {"access_token": token["access_token"], "client_id": "billhouse", "nonce": "n-1"}
    claims = CodeIDToken(decoded.claims, decoded.header, options, params)
    claims.validate(leeway=5)
    return claims


def test_the_discovery_document_names_its_own_address(house: Any) -> None:
    found = discovered(house)
    assert found["issuer"] == f"{house.url}/oidc"
    for name in ("authorization", "token", "userinfo", "end_session"):
        assert found[f"{name}_endpoint"].startswith(found["issuer"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_code_becomes_a_verified_person(house: Any, method: str) -> None:
    verifier = generate_token(48)
    with client(method) as one:
        back = sign_in(house, one, verifier)
        assert parse_qs(urlsplit(back).query)["state"] == ["s-1"]
        token = one.fetch_token(
            discovered(house)["token_endpoint"], authorization_response=back, code_verifier=verifier
        )
        claims = claims_of(house, token)
        assert claims["email"] == "chen@lampa.example"
        assert claims["email_verified"] is True
        assert claims["name"] == "Chen Li"
        assert claims["at_hash"]
        person = one.get(discovered(house)["userinfo_endpoint"]).json()
    assert (person["sub"], person["email"]) == (claims["sub"], claims["email"])


def test_a_stranger_signs_in_too(house: Any) -> None:
    verifier = generate_token(48)
    with client() as one:
        back = sign_in(house, one, verifier, "eve@stranger.example")
        token = one.fetch_token(
            discovered(house)["token_endpoint"], authorization_response=back, code_verifier=verifier
        )
    assert claims_of(house, token)["email"] == "eve@stranger.example"


def test_an_access_token_of_another_sign_in_fails_at_hash(house: Any) -> None:
    verifier = generate_token(48)
    with client() as one:
        back = sign_in(house, one, verifier)
        token = one.fetch_token(
            discovered(house)["token_endpoint"], authorization_response=back, code_verifier=verifier
        )
    with pytest.raises(Exception, match="at_hash"):
        claims_of(house, {**token, "access_token": "another"})


def exchange(house: Any, **changes: str) -> httpx.Response:
    verifier = generate_token(48)
    with client() as one:
        back = sign_in(house, one, verifier)
    body = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
        "client_id": "billhouse",
        "client_secret": "oidc_sandbox_secret",
    }
    return httpx.post(discovered(house)["token_endpoint"], data=body | changes)


def test_what_is_wrong_at_the_token_endpoint_is_refused(house: Any) -> None:
    assert exchange(house).status_code == 200
    assert exchange(house, code_verifier="x" * 43).json()["error"] == "invalid_grant"
    assert exchange(house, redirect_uri="http://localhost/else").json()["error"] == "invalid_grant"
    assert exchange(house, code="made-up").json()["error"] == "invalid_grant"
    assert exchange(house, grant_type="password").json()["error"] == "unsupported_grant_type"
    wrong = exchange(house, client_secret="guess")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


def test_a_code_works_once(house: Any) -> None:
    verifier = generate_token(48)
    with client() as one:
        back = sign_in(house, one, verifier)
        endpoint = discovered(house)["token_endpoint"]
        one.fetch_token(endpoint, authorization_response=back, code_verifier=verifier)
        with pytest.raises(Exception, match="invalid_grant"):
            one.fetch_token(endpoint, authorization_response=back, code_verifier=verifier)


def test_a_wrong_password_shows_the_form_again(house: Any) -> None:
    with client() as one:
        url, _ = one.create_authorization_url(discovered(house)["authorization_endpoint"])
    for data in (
        {"email": "ana@lampa.example", "password": "no"},
        {"email": "nobody@x.example", "password": "demo"},
    ):
        page = httpx.post(url, data=data)
        assert page.status_code == 401
        assert "do not belong together" in page.text


def test_what_is_typed_comes_back_escaped(house: Any) -> None:
    with client() as one:
        url, _ = one.create_authorization_url(discovered(house)["authorization_endpoint"])
    page = httpx.post(url, data={"email": '"><script>alert(1)</script>', "password": "x"})
    assert "<script>" not in page.text


def test_nobody_is_sent_to_a_foreign_address(house: Any) -> None:
    endpoint = discovered(house)["authorization_endpoint"]
    params = {"client_id": "billhouse", "response_type": "code", "scope": "openid"}
    for uri in (
        "https://evil.example/cb",
        "http://localhost.evil.example/cb",
        "http://localhost@evil.example/cb",
        "",
    ):
        answer = httpx.get(endpoint, params={**params, "redirect_uri": uri})
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_a_silent_sign_in_is_answered_with_login_required(house: Any) -> None:
    with client() as one:
        url, _ = one.create_authorization_url(discovered(house)["authorization_endpoint"], prompt="none")
    back = parse_qs(urlsplit(httpx.get(url).headers["location"]).query)
    assert back["error"] == ["login_required"]


def test_userinfo_wants_a_token(house: Any) -> None:
    endpoint = discovered(house)["userinfo_endpoint"]
    assert httpx.get(endpoint).status_code == 401
    assert httpx.get(endpoint, headers={"Authorization": "Bearer guess"}).status_code == 401


def test_signing_out_returns_to_the_client_and_nowhere_else(house: Any) -> None:
    endpoint = discovered(house)["end_session_endpoint"]
    home = {"post_logout_redirect_uri": "http://127.0.0.1:8501/", "state": "z"}
    assert httpx.get(endpoint, params=home).headers["location"] == "http://127.0.0.1:8501/?state=z"
    away = httpx.get(endpoint, params={"post_logout_redirect_uri": "https://evil.example/"})
    assert (away.status_code, "location" in away.headers) == (200, False)
