"""The bundled target of ``memtui demo``: a small shop that leaks on purpose."""
