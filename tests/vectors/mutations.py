"""Checks of the verification engine turned off one by one: which test must then fail, as data.

`reason` is what the check gives: a PathReason, a CrlReason, a public Reason, or the words of a NoEvidence. `text`
stands exactly once in `file`, and `instead` leaves the check out.
"""

from dataclasses import dataclass

from idp.errors import Reason
from idp.jpki.crl_refused import CrlReason
from idp.jpki.path.reasons import PathReason


@dataclass(frozen=True)
class Mutation:
    """One line of the product that says something else, and the test that sees it."""

    reason: str
    file: str
    text: str
    instead: str
    test: str


JPKI, PATH, LISTS = "idp/jpki/", "idp/jpki/path/", "idp/store/crl_index/"
TEST, PATH_TEST, LISTS_TEST = "tests/idp/jpki/", "tests/idp/jpki/path/", "tests/idp/store/crl_index/"
FAULT = "tests/vectors/test_attacks.py::test_one_fault_in_a_certificate"
FLOOD = "tests/vectors/test_attacks.py::test_a_flood_is_answered_in_time"
ONE_TIER = PATH_TEST + "test_paths.py::test_one_tier"
INGEST = TEST + "test_crl_ingest.py"
INGEST_CASE = INGEST + "::test_a_list_is_refused_for_what_is_wrong_with_it"
WORDS = TEST + "test_ocsp_reasons.py::test_no_evidence_says_why"
PROOFS = TEST + "test_login_proofs.py"
SIGNATURE_ATTRIBUTES = TEST + "test_signature_attributes.py::test_other_forms_are_refused_and_not_repeated"
P, C, R = PathReason, CrlReason, Reason


def _path(reason: PathReason, file: str, text: str, instead: str, test: str) -> Mutation:
    return Mutation(reason, PATH + file, text, instead, test)


GATE = (
    _path(
        P.TOO_LARGE,
        "gate.py",
        "if len(unverified_der) > MAX_CERTIFICATE_BYTES:",
        "if False:",
        PATH_TEST + "test_gate.py::test_certificates_that_are_none",
    ),
    _path(P.TOO_LARGE, "gate.py", "if len(raw) > MAX_EXTENSIONS:", "if False:", f"{FAULT}[a hundred extensions]"),
    _path(
        P.TOO_LARGE,
        "der.py",
        "count += (element.end - element.content) // _OCTETS_PER_ELEMENT",
        "pass",
        f"{FAULT}[more names than we read]",
    ),
    _path(
        P.TOO_LARGE,
        "names.py",
        "if sum(map(len, keys)) > MAX_NAME_ATTRIBUTES:",
        "if False:",
        f"{FAULT}[name of 33 attributes]",
    ),
    _path(
        P.TOO_LARGE,
        "names.py",
        "budget.spend_elements(_COST_PER_LETTER * len(text))",
        "pass",
        f"{FLOOD}[authorities that are slow to name]",
    ),
    _path(
        P.TOO_LARGE,
        "engine.py",
        "if len(items) > count or sum(map(len, items)) > total:",
        "if False:",
        PATH_TEST + "test_path_lists.py::test_sizes_are_capped",
    ),
    _path(P.TOO_LARGE, "limits.py", "self.entries -= 1", "pass", PATH_TEST + "test_gate.py"),
    _path(
        P.MALFORMED,
        "der.py",
        "if element.tag != _SEQUENCE or element.end != len(data):",
        "if element.tag != _SEQUENCE:",
        PATH_TEST + "test_gate.py::test_walk_refuses_what_is_not_canonical[appended]",
    ),
    _path(
        P.MALFORMED,
        "der.py",
        "if length < 0x80 or length >> (8 * (size - 1)) == 0:",
        "if False:",
        PATH_TEST + "test_gate.py::test_walk_refuses_what_is_not_canonical",
    ),
    _path(
        P.MALFORMED,
        "der.py",
        "if encoded != sorted(encoded):",
        "if False:",
        PATH_TEST + "test_gate.py::test_walk_refuses_what_is_not_canonical[SET out of order]",
    ),
    _path(
        P.MALFORMED,
        "gate.py",
        "if len(serial) > MAX_SERIAL_OCTETS or serial[0] & 0x80 or not any(serial):",
        "if False:",
        f"{FAULT}[serial of 20 octets and a sign]",
    ),
    _path(
        P.MALFORMED,
        "gate.py",
        "if _slice(unverified_der, fields.signature) != parts.algorithm:",
        "if False:",
        PATH_TEST + "test_gate.py::test_outer_algorithm_must_equal_the_inner",
    ),
    _path(
        P.MALFORMED,
        "gate.py",
        "if any(raw.get(oid) == _EMPTY_SEQUENCE for oid in _NEVER_EMPTY):",
        "if False:",
        f"{FAULT}[no policy at all]",
    ),
    _path(
        P.MALFORMED,
        "gate.py",
        'if data[signature.content : signature.end][:1] != b"\\x00":',
        "if False:",
        "tests/vectors/test_attacks.py::test_one_fault_around_a_certificate[signature with unused bits]",
    ),
    _path(
        P.MALFORMED,
        "rules.py",
        "if generalized and moment.year < _FIRST_GENERALIZED_YEAR:",
        "if False:",
        f"{FAULT}[GeneralizedTime before 2050]",
    ),
    _path(
        P.ALGORITHM_REFUSED,
        "algorithms.py",
        "if row is None or (row.weak and not weak_ok):",
        "if row is None:",
        f"{ONE_TIER}[SHA-1]",
    ),
    _path(
        P.KEY_REFUSED,
        "algorithms.py",
        "if identifier not in _KEY_IDENTIFIERS:",
        "if False:",
        f"{FAULT}[P-224]",
    ),
    _path(
        P.KEY_REFUSED,
        "algorithms.py",
        "if not least <= key.key_size <= MAX_RSA_BITS or key.key_size % 8:",
        "if False:",
        f"{FAULT}[RSA-1024]",
    ),
    _path(
        P.KEY_REFUSED,
        "algorithms.py",
        "if not (3 if weak_ok else 65537) <= numbers.e < 1 << 64 or not numbers.e & 1:",
        "if False:",
        f"{FAULT}[exponent 3]",
    ),
    _path(
        P.KEY_REFUSED,
        "algorithms.py",
        "if not numbers.n & 1 or gcd(numbers.n, _SMALL_PRIMES) != 1:",
        "if False:",
        f"{FAULT}[modulus of small factors]",
    ),
)
RULES = (
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if extension.critical and extension.oid not in _UNDERSTOOD_WHEN_CRITICAL:",
        "if False:",
        f"{FAULT}[unknown critical]",
    ),
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if alternative is not None and not all(map(_is_readable, alternative.value)):",
        "if False:",
        f"{FAULT}[name of another alphabet]",
    ),
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if not certificate.subject and (alternative is None or not alternative.critical):",
        "if False:",
        f"{FAULT}[subject empty]",
    ),
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if usage is not None and not usages(usage):",
        "if False:",
        f"{FAULT}[no usage at all]",
    ),
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if usage is not None and usage.key_cert_sign and not certificate.is_authority:",
        "if False:",
        f"{FAULT}[signs certificates without cA]",
    ),
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if certificate.find(x509.NameConstraints) is not None and not certificate.is_authority:",
        "if False:",
        f"{FAULT}[constraints of an authority]",
    ),
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if len(identifiers) > MAX_POLICIES or len(set(identifiers)) != len(identifiers):",
        "if False:",
        f"{FAULT}[policy twice]",
    ),
    _path(
        P.EXTENSION_REFUSED,
        "rules.py",
        "if certificate.authority_key_id is None:",
        "if False:",
        f"{FAULT}[AKI without key identifier]",
    ),
    _path(
        P.ANCHOR_UNFIT,
        "rules.py",
        "if any(extension.oid in _POLICY_EXTENSIONS for extension in certificate.extensions):",
        "if False:",
        f"{ONE_TIER}[anchor with policies]",
    ),
    _path(P.NOT_YET_VALID, "rules.py", "if now < certificate.not_before:", "if False:", f"{ONE_TIER}[future]"),
    _path(P.EXPIRED, "rules.py", "if now > certificate.not_after:", "if False:", f"{ONE_TIER}[expired]"),
    _path(
        P.ISSUER_UNKNOWN,
        "building.py",
        "issuer.subject == certificate.issuer",
        "True",
        f"{ONE_TIER}[other issuer name]",
    ),
    _path(
        P.ISSUER_UNKNOWN,
        "building.py",
        "and (certificate.authority_key_id or issuer.key_id) == issuer.key_id",
        "",
        f"{ONE_TIER}[key id of another]",
    ),
    _path(
        P.ISSUER_UNKNOWN,
        "algorithms.py",
        "    except (InvalidSignature, UnsupportedAlgorithm, ValueError):\n        return False",
        "    except (InvalidSignature, UnsupportedAlgorithm, ValueError):\n        return True",
        f"{ONE_TIER}[other signer]",
    ),
    _path(
        P.ISSUER_UNKNOWN,
        "rules.py",
        "if constraints is None or not constraints.value.ca or (policy.is_for_use and not constraints.critical):",
        "if False:",
        PATH_TEST + "test_paths.py::test_middle_tier[no cA]",
    ),
    _path(
        P.ISSUER_UNKNOWN,
        "rules.py",
        "if usage is not None and not usage.key_cert_sign:",
        "if False:",
        f"{FAULT}[authority: usage without keyCertSign]",
    ),
    _path(
        P.USAGE_REFUSED,
        "rules.py",
        'raise _usage("no extended key usage")',
        "return",
        PATH_TEST + "test_paths.py::test_extended_key_usage",
    ),
    _path(
        P.USAGE_REFUSED,
        "rules.py",
        "if not wanted <= named or ANY_PURPOSE in named:",
        "if not wanted <= named:",
        PATH_TEST + "test_paths.py::test_extended_key_usage",
    ),
    _path(
        P.REQUEST_REFUSED,
        "policy.py",
        'raise PathRefusal(PathReason.REQUEST_REFUSED, "unknown extended key usage")',
        "return name",
        PATH_TEST + "test_paths.py::test_extended_key_usage",
    ),
    Mutation(
        P.POLICY_REFUSED,
        "idp/trust/judging.py",
        'raise PathRefusal(PathReason.POLICY_REFUSED, "not under a policy that this purpose accepts") '
        "from refusal",
        "raise",
        "tests/idp/trust/test_stores.py",
    ),
)
PATHS = (
    _path(
        P.SEARCH_EXHAUSTED,
        "limits.py",
        "self.signature_cost -= cost",
        "pass",
        PATH_TEST + "test_gate.py::test_budget_ends",
    ),
    _path(
        P.SEARCH_EXHAUSTED,
        "limits.py",
        "self.validation_cost -= cost",
        "pass",
        f"{FLOOD}[twins without the policy]",
    ),
    _path(
        P.SEARCH_EXHAUSTED,
        "limits.py",
        "self.comparisons -= count",
        "pass",
        f"{FLOOD}[many constraints on twins]",
    ),
    _path(
        P.SEARCH_EXHAUSTED,
        "limits.py",
        "self.steps -= 1",
        "pass",
        PATH_TEST + "test_gate.py::test_budget_of_steps_and_entries_ends",
    ),
    _path(
        P.PATH_INVALID,
        "pkix.py",
        "raise PathRefusal(PathReason.PATH_INVALID, type(error).__name__) from error",
        "return",
        PATH_TEST + "test_paths.py::test_middle_tier[requires a policy]",
    ),
    _path(
        P.PATH_TOO_LONG,
        "engine.py",
        "if below > max_depth or (allowed is not None and below > allowed):",
        "if False:",
        PATH_TEST + "test_paths.py::test_middle_tier[depth]",
    ),
    _path(
        P.NAME_CONSTRAINTS,
        "constraints.py",
        'raise _refused("name outside the permitted subtrees")',
        "pass",
        PATH_TEST + "test_path_names.py::test_name_constraints",
    ),
    _path(
        P.NAME_CONSTRAINTS,
        "constraints.py",
        'raise _refused("name inside an excluded subtree")',
        "pass",
        PATH_TEST + "test_path_names.py::test_name_constraints",
    ),
    _path(
        P.NAME_CONSTRAINTS,
        "constraints.py",
        'raise _refused("constraint of a form that is not supported")',
        "continue",
        PATH_TEST + "test_path_names.py::test_name_constraints",
    ),
    _path(
        P.NAME_CONSTRAINTS,
        "constraints.py",
        'raise _refused("minimum or maximum")',
        "pass",
        PATH_TEST + "test_path_names.py::test_empty_bounded_or_wild_constraints_are_refused",
    ),
    _path(
        P.NAME_CONSTRAINTS,
        "constraints.py",
        'raise _refused("too many names and constraints")',
        "pass",
        PATH_TEST + "test_path_names.py::test_thousands_of_names_and_constraints_are_refused_at_once",
    ),
    _path(
        P.NAME_MISMATCH,
        "peer.py",
        'raise _mismatch("name is not certified")',
        "pass",
        f"{FAULT}[wildcard of a suffix]",
    ),
    _path(
        P.NAME_MISMATCH,
        "peer.py",
        'raise _mismatch("commonName is no copy of a certified name")',
        "pass",
        PATH_TEST + "test_path_names.py::test_common_name_that_looks_like_a_host_is_a_copy",
    ),
    _path(
        P.REVOKED,
        "status.py",
        'raise PathRefusal(PathReason.REVOKED, "CRL")',
        "pass",
        PATH_TEST + "test_path_lists.py::test_revocation_on_any_tier_refuses",
    ),
    _path(
        P.REVOKED,
        "status.py",
        'raise PathRefusal(PathReason.REVOKED, "OCSP")',
        "pass",
        PATH_TEST + "test_path_lists.py::test_revocation_on_any_tier_refuses",
    ),
    _path(
        P.STATUS_UNKNOWN,
        "status.py",
        "if unknown:",
        "if False:",
        PATH_TEST + "test_path_answers.py::test_answer_of_the_issuer[unknown-0]",
    ),
    _path(
        P.EVIDENCE_MISSING,
        "status.py",
        "if not covered >= ALL_REASONS:",
        "if False:",
        PATH_TEST + "test_path_lists.py::test_complete_evidence_is_enough_and_each_tier_is_needed",
    ),
    _path(
        P.EVIDENCE_MISSING,
        "status.py",
        "if not good:",
        "if False:",
        PATH_TEST + "test_path_lists.py::test_complete_evidence_is_enough_and_each_tier_is_needed",
    ),
    _path(
        P.EVIDENCE_MISSING,
        "responses.py",
        "        and candidate.find(x509.OCSPNoCheck) is not None\n",
        "",
        PATH_TEST + "test_path_answers.py::test_delegated_responder[no nocheck-0]",
    ),
    _path(
        P.EVIDENCE_MISSING,
        "responses.py",
        "        and OCSP_SIGNING in {p.dotted_string for p in purposes}\n",
        "",
        PATH_TEST + "test_path_answers.py::test_delegated_responder[other purpose-0]",
    ),
    _path(
        P.EVIDENCE_MISSING,
        "crl_scope.py",
        "return not self._names[key].isdisjoint(held)",
        "return True",
        PATH_TEST + "test_path_lists.py::test_scope_of_a_list[other point]",
    ),
    _path(
        P.EVIDENCE_MISSING,
        "status.py",
        "if crl.is_indirect and not self._indirect_covers:",
        "if False:",
        PATH_TEST + "test_path_lists.py::test_an_indirect_list_is_no_evidence_for_use",
    ),
    _path(
        P.EVIDENCE_TOO_OLD,
        "status.py",
        "return this_update - self._now <= CLOCK_SKEW and self._now <= next_update",
        "return True",
        PATH_TEST + "test_path_lists.py::test_list_of_the_issuer[stale-0]",
    ),
)
NATIONAL_LISTS = (
    Mutation(
        C.GARBLED,
        JPKI + "crl_der.py",
        "if length < 0x80 or octets[0] == 0:",
        "if False:",
        f"{INGEST_CASE}[length not minimal]",
    ),
    Mutation(
        C.GARBLED,
        JPKI + "crl_columns.py",
        'raise Garbled("a serial number is negative, zero, too long or not minimal")',
        "pass",
        TEST + "test_crl_entries.py::test_hostile_serial_numbers",
    ),
    Mutation(
        C.GARBLED,
        JPKI + "crl_entries.py",
        'raise Garbled("the list of entries does not chain: something in it is not an entry in DER")',
        "pass",
        f"{INGEST_CASE}[an entry cut off]",
    ),
    Mutation(
        C.GARBLED,
        JPKI + "crl_header.py",
        "if next_update <= this_update:",
        "if False:",
        f"{INGEST_CASE}[nextUpdate at thisUpdate]",
    ),
    Mutation(
        C.GARBLED, JPKI + "crl_tail.py", "if oid in found:", "if False:", f"{INGEST_CASE}[an extension twice]"
    ),
    Mutation(
        C.TOO_LARGE,
        JPKI + "crl_header.py",
        "if outer.end > max_bytes:",
        "if False:",
        f"{INGEST}::test_size_is_judged_first",
    ),
    Mutation(
        C.VERSION,
        JPKI + "crl_header.py",
        'reader.content(der.INTEGER, "version") != _VERSION_2:',
        'not reader.content(der.INTEGER, "version"):',
        f"{INGEST_CASE}[version 3]",
    ),
    Mutation(
        C.ALGORITHM,
        JPKI + "crl_tail.py",
        "if unverified_tail[algorithm.start : algorithm.end] != header.algorithm:",
        "if False:",
        f"{INGEST_CASE}[another algorithm outside]",
    ),
    Mutation(
        C.NO_NEXT_UPDATE,
        JPKI + "crl_header.py",
        "if reader.next_tag() not in (der.UTC_TIME, der.GENERALIZED_TIME):",
        "if False:",
        f"{INGEST_CASE}[no nextUpdate]",
    ),
    Mutation(
        C.UNKNOWN_ISSUER,
        JPKI + "crl_signature.py",
        "and _is_named(anchor, header.issuer)",
        "",
        f"{INGEST_CASE}[another issuer name]",
    ),
    Mutation(
        C.UNKNOWN_ISSUER,
        JPKI + "crl_signature.py",
        "and _may_sign_lists(anchor)",
        "",
        f"{INGEST}::test_an_anchor_that_may_not_sign_lists_signs_none",
    ),
    Mutation(
        C.SIGNATURE,
        JPKI + "crl_signature.py",
        "    except (InvalidSignature, TypeError, ValueError):\n        return False",
        "    except (InvalidSignature, TypeError, ValueError):\n        return True",
        f"{INGEST}::test_the_signature_decides",
    ),
    Mutation(
        C.EXTENSION,
        JPKI + "crl_tail.py",
        "if any(critical and oid not in _UNDERSTOOD for oid, (critical, _) in extensions.items()):",
        "if False:",
        f"{INGEST_CASE}[critical surprise]",
    ),
    Mutation(
        C.EXTENSION,
        JPKI + "crl_entry_extensions.py",
        "if (critical & ~reasons & ~invalidity).any():",
        "if False:",
        f"{INGEST_CASE}[an entry with a critical surprise]",
    ),
    Mutation(
        C.DELTA,
        JPKI + "crl_tail.py",
        "if _DELTA_CRL_INDICATOR in extensions:",
        "if False:",
        f"{INGEST_CASE}[delta that is not critical]",
    ),
    Mutation(C.SCOPE, JPKI + "crl_scope.py", "if following in _REFUSED:", "if False:", f"{INGEST_CASE}[indirect]"),
    Mutation(
        C.INDIRECT_ENTRY,
        JPKI + "crl_entry_extensions.py",
        "if (arcs == _CERTIFICATE_ISSUER).any():",
        "if False:",
        f"{INGEST_CASE}[an entry of another issuer]",
    ),
    Mutation(
        C.REMOVE_FROM_CRL,
        JPKI + "crl_columns.py",
        "if (reasoned & (codes == REMOVE_FROM_CRL)).any():",
        "if False:",
        f"{INGEST_CASE}[an entry taken out]",
    ),
    Mutation(
        C.NOT_YET,
        LISTS + "catalogue.py",
        "if verified.header.this_update > loaded_at + CLOCK_SKEW:",
        "if False:",
        LISTS_TEST + "test_loading.py::test_refused",
    ),
    Mutation(
        C.ROLLBACK,
        LISTS + "catalogue.py",
        "if not newer:",
        "if False:",
        LISTS_TEST + "test_catalogue.py::test_rollback",
    ),
    Mutation(
        C.BUSY,
        LISTS + "turns.py",
        'raise CrlRefused(CrlReason.BUSY, "another loader is at work") from error',
        "return",
        LISTS_TEST + "test_catalogue.py::test_two_loaders",
    ),
    Mutation(
        C.DAMAGED,
        LISTS + "index.py",
        "if sums.digest() != self.facts.sums:",
        "if False:",
        LISTS_TEST + "test_catalogue.py::test_damage_is_seen_and_mended_by_loading",
    ),
    Mutation(
        C.STORAGE,
        LISTS + "source.py",
        'raise CrlRefused(CrlReason.STORAGE, "the list cannot be read") from error',
        "raise",
        LISTS_TEST + "test_loading.py::test_a_stream_that_fails",
    ),
)


def _words(words: str, text: str, instead: str = "if False:", file: str = "ocsp.py") -> Mutation:
    """A check of an OCSP answer, seen by the test of its words."""
    return Mutation(words, JPKI + file, text, instead, f"{WORDS}[{words}]")


OCSP = (
    _words("OCSP answer too large", "if len(unverified_der) > MAX_RESPONSE_BYTES:", file="ocsp_question.py"),
    _words(
        "OCSP status TRY_LATER",
        "if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:",
        file="ocsp_question.py",
    ),
    _words(
        "OCSP answer about another number of certificates than the one asked for",
        "if len(singles) != 1:",
        file="ocsp_question.py",
    ),
    _words(
        "unknown critical extension in the OCSP answer",
        "            if extension.critical:",
        "            if False:",
        file="ocsp_question.py",
    ),
    _words(
        "OCSP answer does not parse",
        'raise NoEvidence("OCSP answer does not parse") from error',
        "raise",
        file="ocsp_question.py",
    ),
    _words("OCSP answer without nonce", "if nonce is None:", file="ocsp_question.py"),
    _words(
        "OCSP answer to another nonce",
        "if not hmac.compare_digest(nonce, question.nonce):",
        file="ocsp_question.py",
    ),
    _words(
        "OCSP answer with a CertID that nobody can read",
        'raise NoEvidence("OCSP answer with a CertID that nobody can read") from error',
        "raise",
        file="ocsp_question.py",
    ),
    _words("OCSP answer about another certificate", "if not is_ours:", file="ocsp_question.py"),
    _words("OCSP signer does not parse", 'raise NoEvidence("OCSP signer does not parse") from error', "raise"),
    _words(
        "OCSP answer not signed by an authorised responder",
        'raise NoEvidence("OCSP answer not signed by an authorised responder")',
        "return",
    ),
    _words("thisUpdate lies in the future", "if this_update > now + CLOCK_SKEW:", file="revocation.py"),
    _words(
        "no nextUpdate",
        'raise NoEvidence("no nextUpdate")',
        "return this_update + max_age",
        file="revocation.py",
    ),
    _words(
        "evidence too old",
        "if now >= next_update + CLOCK_SKEW or now - this_update > max_age:",
        file="revocation.py",
    ),
    Mutation(
        R.CERTIFICATE_REVOKED,
        JPKI + "ocsp_question.py",
        "if single.certificate_status is ocsp.OCSPCertStatus.REVOKED:",
        "if False:",
        TEST + "test_ocsp_reasons.py::test_a_status_that_is_not_good_refuses",
    ),
    Mutation(
        R.CERTIFICATE_STATUS_UNKNOWN,
        JPKI + "ocsp_question.py",
        "if single.certificate_status is not ocsp.OCSPCertStatus.GOOD:",
        "if False:",
        TEST + "test_ocsp_reasons.py::test_a_status_that_is_not_good_refuses",
    ),
    Mutation(
        R.EVIDENCE_TOO_OLD,
        JPKI + "revocation.py",
        "if any(failure.stale for failure in failures):",
        "if False:",
        TEST + "test_evidence.py::test_when_no_method_is_left",
    ),
    Mutation(
        R.REVOCATION_UNAVAILABLE,
        JPKI + "revocation.py",
        "if any(failure.stale for failure in failures):",
        "if True:",
        TEST + "test_evidence.py::test_when_no_method_is_left",
    ),
)


def _va(words: str, text: str, test: str, instead: str = "if False:") -> Mutation:
    """A check that only a validation authority's answers pass."""
    return Mutation(f"VA: {words}", JPKI + "va.py", text, instead, f"{TEST}test_va_answers.py::{test}")


VA = (
    _va(
        "answer does not parse",
        'raise NoEvidence("VA: answer does not parse") from error',
        "test_no_evidence",
        "raise",
    ),
    _va(
        "the configured certificate is outside its time",
        "if not self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc:",
        "test_outside_its_time_it_is_not_believed",
    ),
    _va(
        "answer of another responder than the configured one",
        "if not self._is_named(response):",
        "test_no_evidence",
    ),
    _va(
        "answer not signed with SHA-256",
        "if not isinstance(response.signature_hash_algorithm, hashes.SHA256):",
        "test_no_evidence",
    ),
    _va(
        "answer not signed by the configured responder",
        'raise NoEvidence("VA: answer not signed by the configured responder") from error',
        "test_no_evidence",
        "pass",
    ),
)
LOGIN = (
    Mutation(
        R.TOO_LARGE,
        JPKI + "certificate.py",
        "if len(unverified_der) > MAX_CERTIFICATE_BYTES:",
        "if False:",
        TEST + "test_certificates.py::test_one_byte_more_is_too_large",
    ),
    Mutation(
        R.MALFORMED,
        JPKI + "certificate.py",
        'raise Refusal(Reason.MALFORMED, f"certificate: {type(error).__name__}") from error',
        "raise",
        TEST + "test_certificates.py::test_anything_but_one_certificate_in_der_is_malformed",
    ),
    Mutation(
        R.ALGORITHM_REFUSED,
        JPKI + "proof.py",
        "if unverified_algorithm != algorithm.name:",
        "if False:",
        f"{PROOFS}::test_another_algorithm_or_key_is_refused",
    ),
    Mutation(
        R.SIGNATURE_INVALID,
        JPKI + "proof.py",
        "if not holder.algorithm.is_signed_by_holder(holder.key, unverified_signature, message):",
        "if False:",
        f"{PROOFS}::test_the_signature_must_be_the_cards",
    ),
    Mutation(
        R.CERTIFICATE_WRONG_KIND,
        JPKI + "verify.py",
        "if kind is not None and anchor.kind is not kind:",
        "if False:",
        f"{PROOFS}::test_a_signature_certificate_is_told_apart",
    ),
    Mutation(
        R.CERTIFICATE_NOT_YET_VALID,
        JPKI + "verify.py",
        "if now < leaf.not_valid_before_utc:",
        "if False:",
        f"{PROOFS}::test_the_certificates_own_time",
    ),
    Mutation(
        R.CERTIFICATE_EXPIRED,
        JPKI + "verify.py",
        "if now > leaf.not_valid_after_utc:",
        "if False:",
        f"{PROOFS}::test_the_certificates_own_time",
    ),
    Mutation(
        R.CERTIFICATE_UNTRUSTED,
        JPKI + "trust.py",
        "if anchor.key_id != unverified.issuer_key_id:",
        "if False:",
        TEST + "test_trust.py::test_no_anchor_issued_it",
    ),
    Mutation(
        R.CERTIFICATE_UNTRUSTED,
        JPKI + "verify.py",
        "    except (*UNREADABLE, VerificationError):\n        return False",
        "    except (*UNREADABLE, VerificationError):\n        return True",
        f"{PROOFS}::test_key_identifier_and_signature_must_name_one_anchor",
    ),
    Mutation(
        R.CERTIFICATE_UNTRUSTED,
        JPKI + "verify.py",
        "if anchor.organisation != profile.organisation:",
        "if False:",
        f"{PROOFS}::test_a_test_certificate_is_nobody_in_production",
    ),
    Mutation(
        R.CERTIFICATE_UNTRUSTED,
        JPKI + "verify.py",
        "if leaf.said.purposes != rules.purposes:",
        "if False:",
        f"{PROOFS}::test_the_ca_signed_it_and_the_profile_refuses",
    ),
    Mutation(
        R.CERTIFICATE_UNTRUSTED,
        JPKI + "verify.py",
        "if leaf.said.key_usage != rules.key_usage:",
        "if False:",
        f"{PROOFS}::test_the_ca_signed_it_and_the_profile_refuses",
    ),
    Mutation(
        R.CERTIFICATE_UNTRUSTED,
        JPKI + "verify.py",
        "if leaf.said.critical != _CRITICAL:",
        "if False:",
        f"{PROOFS}::test_the_ca_signed_it_and_the_profile_refuses",
    ),
    Mutation(
        R.CERTIFICATE_UNTRUSTED,
        JPKI + "verify.py",
        "if not anchor.lives(now):",
        "if False:",
        f"{PROOFS}::test_the_anchors_own_time",
    ),
)
CARD_DATA = (
    Mutation(
        R.ATTRIBUTES_INVALID,
        JPKI + "attributes.py",
        'raise Refusal(Reason.ATTRIBUTES_INVALID, f"attributes: {what}")',
        "raise ValueError",
        TEST + "test_attributes.py::test_anything_else_is_refused_without_an_echo",
    ),
    *(
        Mutation(R.ATTRIBUTES_INVALID, JPKI + "signature_attributes.py", text, instead, SIGNATURE_ATTRIBUTES)
        for text, instead in (
            ("if not form.fullmatch(", "if not form.match("),
            ("if name.type_id in found:", "if False:"),
            ("except ValueError as error:", "except KeyError as error:"),
            (r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]", "."),
        )
    ),
)
MUTATIONS: tuple[Mutation, ...] = (*GATE, *RULES, *PATHS, *NATIONAL_LISTS, *OCSP, *VA, *LOGIN, *CARD_DATA)
