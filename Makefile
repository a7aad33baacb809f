# Every target is one command of tools/bootstrap.py, which also runs without make:
#     python tools/bootstrap.py lab
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$p && break; done)
LESSON ?=
ARGS ?=

COMMANDS = run book test check bench lint format lock install clean help
.PHONY: lab notebooks slides $(COMMANDS)
.DEFAULT_GOAL := help

UNKNOWN := $(filter-out lab notebooks slides $(COMMANDS),$(MAKECMDGOALS))
ifneq ($(UNKNOWN),)
$(error No such command: $(UNKNOWN). Arguments go like this: \
	make notebooks LESSON="01 02", make lab ARGS=--no-browser)
endif

lab notebooks slides $(COMMANDS):
	@if [ -z "$(PYTHON)" ]; then \
		echo "The course needs Python 3.11, 3.12 or 3.13 and found no Python here:" \
			"install one (python.org), then run the same command again." >&2; \
		exit 1; \
	fi
	@"$(PYTHON)" tools/bootstrap.py $@ $(if $(filter notebooks slides,$@),$(LESSON)) $(ARGS)
