"""How the notebooks are kept: text and notebook, execution, stubs, replay."""
