package org.keepwell.wallet.rust

import java.time.Instant
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test
import org.keepwell.AnchorDoubt
import org.keepwell.ArgumentReason
import org.keepwell.ConnectionReason
import org.keepwell.ContentKind
import org.keepwell.DeliveryId
import org.keepwell.FhirRelease
import org.keepwell.FileReason
import org.keepwell.FoundPatient
import org.keepwell.ImportOutcome
import org.keepwell.LinkReason
import org.keepwell.Missing
import org.keepwell.Notice
import org.keepwell.OfflineReason
import org.keepwell.Quarantine
import org.keepwell.QuarantinedPart
import org.keepwell.RecordCategory
import org.keepwell.ServerReason
import org.keepwell.StateKind
import org.keepwell.TypedWordState
import org.keepwell.UntrustedReason
import org.keepwell.WalletException
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.ImportNotice
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.MissingKind
import org.keepwell.wallet.model.MissingPart
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SetAsideKind
import org.keepwell.wallet.model.TypedWord
import org.keepwell.wallet.model.WordMark

class StartConversionsTest {
    @Test
    fun `every kind of content has a name for people, and every name is used`() {
        val named = ContentKind.entries.map { it.toModel() }.toSet() + SetAsideKind.TOO_LARGE
        assertEquals(SetAsideKind.entries.toSet(), named)
    }

    @Test
    fun `what is missing of one kind is one line`() {
        val missing = listOf(
            Missing.Versions(RecordCategory.RESULTS, 2uL), Missing.Lists(RecordCategory.RESULTS, 3uL), Missing.Versions(null, 1uL), Missing.Compartments(1uL),
            Missing.NewerVersions(4uL), Missing.NewerState(1uL), Missing.StateLists(2uL), Missing.State(StateKind.LINK, 1uL),
            Missing.UnknownGrants(1uL), Missing.UnprovedGrants(2uL), Missing.Anchor(AnchorDoubt.STALE),
        )
        val report = org.keepwell.RestoreReport(
            "0a0b0c0d", "https://host.example", 10uL, 1uL, 1uL, 7uL, Instant.EPOCH, false, null, 0u, missing,
        )
        val expected = listOf(
            MissingPart(MissingKind.RECORDS, 5, Category.RESULTS), MissingPart(MissingKind.RECORDS, 2), MissingPart(MissingKind.NEEDS_UPDATE, 5),
            MissingPart(MissingKind.OWN_NOTES, 3), MissingPart(MissingKind.UNKNOWN_GRANTS, 1), MissingPart(MissingKind.UNPROVED_GRANTS, 2),
            MissingPart(MissingKind.MAYBE_OLDER, 1),
        )
        assertEquals(expected, report.toModel().missing)
        assertEquals(MissingKind.entries.toSet(), expected.map { it.kind }.toSet())
    }

    @Test
    fun `an import says what came, what did not, and what there is to know`() {
        val parts = listOf(
            QuarantinedPart(0uL, 1uL, Quarantine.UnsupportedFormat, ContentKind.PDF, null),
            QuarantinedPart(0uL, 2uL, Quarantine.TooLarge, ContentKind.RESOURCE, null),
        )
        val notices = listOf(
            Notice.MissingPage(0uL, "a.example"), Notice.MissingPage(0uL, null), Notice.OldRelease(0uL, FhirRelease.DSTU2),
            Notice.ServerSaid(0uL, 3uL, false, "Restricted"), Notice.More(9uL),
        )
        val report = org.keepwell.ImportReport(DeliveryId("1"), 9uL, 3uL, 2uL, 1uL, 0uL, 0uL, parts, emptyList(), notices, 4uL)
        val taken = ImportOutcome.Imported(report).toModel() as ImportResult.Taken
        with(taken.report) {
            assertEquals(listOf(3L, 2L, 1L, 4L), listOf(added, updated, known, ofOthers))
            assertEquals(listOf(SetAsideKind.DOCUMENT, SetAsideKind.TOO_LARGE), setAside)
            assertEquals(listOf(ImportNotice.PageMissing, ImportNotice.OldForm, ImportNotice.Said("Restricted")), this.notices)
        }
        val people = ImportOutcome.OtherPatients(listOf(FoundPatient(2u.toULong(), "p2", "Ana", "1954", 3uL, true))).toModel()
        assertEquals(listOf(2 to "Ana"), (people as ImportResult.WhoIsIt).people.map { it.number to it.name })
    }

    @Test
    fun `a typed word is known, begun or none`() {
        assertEquals(TypedWord(WordMark.KNOWN), TypedWordState.Known.toModel())
        assertEquals(TypedWord(WordMark.BEGUN, listOf("canyon")), TypedWordState.Begun(listOf("canyon")).toModel())
        assertEquals(TypedWord(WordMark.UNKNOWN, listOf("candy")), TypedWordState.Unknown(listOf("candy")).toModel())
    }

    @Test
    fun `what a person can do something about has a name`() {
        assertEquals(Problem.QuizFailed, problem(WalletException.QuizFailed()))
        assertEquals(Problem.NothingToRestore, problem(WalletException.ConnectionRefused(ConnectionReason.SPACE_MISSING)))
        assertEquals(Problem.AlreadyThere, problem(WalletException.ConnectionRefused(ConnectionReason.SPACE_EXISTS)))
        assertEquals(Problem.ConnectionUnreadable, problem(WalletException.InvalidArgument(ArgumentReason.CONNECTION_MALFORMED)))
        assertEquals(Problem.FileUnreadable("InvalidJson"), problem(WalletException.File(FileReason.INVALID_JSON)))
        val links = mapOf(
            LinkReason.LINK_NOT_ACTIVE to Problem.LinkEnded,
            LinkReason.LINK_RETRY_LATER to Problem.LinkLater,
            LinkReason.LINK_ADDRESS to Problem.LinkUnsafe("LinkAddress"),
            LinkReason.UNSUPPORTED_LINK to Problem.LinkNewer,
            LinkReason.JWE_TOO_LARGE to Problem.LinkTooLarge("JweTooLarge"),
            LinkReason.JWE_DOES_NOT_OPEN to Problem.LinkDamaged("JweDoesNotOpen"),
            LinkReason.NOT_A_HEALTH_LINK to Problem.LinkUnreadable("NotAHealthLink"),
        )
        for ((reason, shown) in links) assertEquals(shown, problem(WalletException.LinkRefused(reason)))
        val fetching = mapOf(
            WalletException.LinkRefused(LinkReason.LINK_NOT_ACTIVE) to Problem.LinkEnded,
            WalletException.Offline(OfflineReason.RATE_LIMITED) to Problem.LinkLater,
            WalletException.Offline(OfflineReason.TIMEOUT) to Problem.LinkUnreachable("Timeout"),
            WalletException.ServerRefused(ServerReason.RESPONSE_TOO_LARGE) to Problem.LinkTooLarge("ResponseTooLarge"),
            WalletException.ServerRefused(ServerReason.ADDRESS_REFUSED) to Problem.LinkUnsafe("AddressRefused"),
            WalletException.ServerRefused(ServerReason.REQUEST_MALFORMED) to Problem.Other("RequestMalformed"),
            WalletException.Untrusted(UntrustedReason.CERTIFICATE_REFUSED) to Problem.LinkUnsafe("CertificateRefused"),
            WalletException.Untrusted(UntrustedReason.WRONG_CHAIN) to Problem.Untrusted("WrongChain"),
        )
        for ((refusal, shown) in fetching) assertEquals(shown, problemOfLink(refusal))
        assertEquals(Problem.WrongPasscode(2), problem(WalletException.WrongPasscode(2u)))
        assertEquals(Problem.WrongPasscode(null), problem(WalletException.WrongPasscode(null)))
        val invitations = mapOf(
            "InviteNeeded" to ServerReason.INVITE_NEEDED, "InviteUsed" to ServerReason.INVITE_USED, "InviteUnknown" to ServerReason.INVITE_UNKNOWN,
            "InviteLapsed" to ServerReason.INVITE_LAPSED,
        )
        for ((code, reason) in invitations) assertEquals(Problem.NotInvited(code), problem(WalletException.ServerRefused(reason)))
        assertTrue(problem(WalletException.ServerRefused(ServerReason.SERVER_REFUSED)) is Problem.Other)
    }
}
