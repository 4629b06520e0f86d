"""Shapes of requests and answers about signing in."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

type Language = Literal["en", "ru", "kk", "uk", "pl"]


class LoginBody(BaseModel):
    """A person's login and password."""

    model_config = ConfigDict(extra="forbid")
    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=500)


class LanguageBody(BaseModel):
    """The language a person reads."""

    model_config = ConfigDict(extra="forbid")
    language: Language


class UserShape(BaseModel):
    """A person as pages show them."""

    id: str
    name: str
    role: str
    language: str


class UserAnswer(BaseModel):
    """Who is signed in."""

    user: UserShape
