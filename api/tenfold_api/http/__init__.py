"""How the parts take HTTP requests. Needs the packages `httptools`, `starlette` and `uvicorn`."""
