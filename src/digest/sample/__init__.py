"""The sample newsroom: invented outlets, served on loopback, for the demo and the tests."""
