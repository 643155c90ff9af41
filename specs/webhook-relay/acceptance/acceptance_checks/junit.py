"""Runs one test module and writes a JUnit XML file: `run.py junit MODULE FILE`."""

import sys
import time
import unittest
import xml.etree.ElementTree as xml


class Recorder(unittest.TextTestResult):
    """Keeps what became of each test, in the order in which they ran."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = []
        self._began = 0.0
        self._trouble = []
        self._skipped = None

    def startTest(self, test):
        super().startTest(test)
        self._began, self._trouble, self._skipped = time.monotonic(), [], None

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._trouble.append(("failure", err))

    def addError(self, test, err):
        super().addError(test, err)
        self._trouble.append(("error", err))
        if not hasattr(test, "_testMethodName"):  # a class or module that could not be set up
            self._keep(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._trouble.append(("failure", err))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._skipped = reason

    def stopTest(self, test):
        super().stopTest(test)
        self._keep(test)

    def _keep(self, test):
        self.cases.append((test.id(), time.monotonic() - self._began, self._trouble, self._skipped))
        self._trouble, self._skipped = [], None


def readable(text):
    """XML has no place for most control characters."""
    return "".join(char if char in "\t\n" or ord(char) >= 32 else "\N{REPLACEMENT CHARACTER}" for char in text)


def write(cases, name, path):
    count = sum(1 for case in cases if case[2])
    suite = xml.Element("testsuite", name=name, tests=str(len(cases)), failures=str(count), errors="0")
    for test_id, seconds, trouble, skipped in cases:
        class_name, _, test_name = test_id.rpartition(".")
        case = xml.SubElement(suite, "testcase", classname=class_name, name=test_name, time=f"{seconds:.3f}")
        if skipped is not None:
            xml.SubElement(case, "skipped", message=readable(skipped))
        for kind, (error_type, error, _) in trouble[:1]:
            message = readable(f"{error_type.__name__}: {error}")[:500]
            xml.SubElement(case, "failure", message=message, type=kind).text = message
    xml.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def main(module, path):
    suite = unittest.defaultTestLoader.loadTestsFromName(module)
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(suite)
    write(result.cases, module, path)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
