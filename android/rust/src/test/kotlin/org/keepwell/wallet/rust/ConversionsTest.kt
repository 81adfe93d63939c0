package org.keepwell.wallet.rust

import java.time.Instant
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes
import org.junit.jupiter.api.Test
import org.keepwell.AccessPreview
import org.keepwell.Allowed
import org.keepwell.ArgumentReason
import org.keepwell.Decision
import org.keepwell.Denied
import org.keepwell.DeviceKeyReason
import org.keepwell.FileReason
import org.keepwell.GrantView
import org.keepwell.LinkAction
import org.keepwell.LinkId
import org.keepwell.NotFoundReason
import org.keepwell.OfflineReason
import org.keepwell.PinReason
import org.keepwell.PreviewedRecord
import org.keepwell.ProviderId
import org.keepwell.ProviderReason
import org.keepwell.ProviderState
import org.keepwell.RecordSummary
import org.keepwell.Scope
import org.keepwell.ShareReason
import org.keepwell.ShareSummary
import org.keepwell.TypeCount
import org.keepwell.UntrustedReason
import org.keepwell.WalletException
import org.keepwell.WordsReason
import org.keepwell.choices
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.PasscodeReason
import org.keepwell.wallet.model.PictureLabel
import org.keepwell.wallet.model.PreviewedCategory
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordOrder
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareRequest
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.model.StoppedBy
import org.keepwell.wallet.model.Trend
import org.keepwell.wallet.model.Validity
import org.keepwell.wallet.model.ValueFlag
import org.keepwell.wallet.model.VersionStanding
import org.keepwell.wallet.screen.Pin

class ConversionsTest {
    @Test
    fun `screens offer what the library offers`() {
        val library = choices()
        val offered = library.toModel()
        assertEquals(listOf(10.minutes, 1.hours, 24.hours), offered.shareLives)
        assertEquals(listOf(7.days, 30.days, 365.days), offered.shareLivesOnLedger)
        assertTrue(offered.shareLife in offered.shareLives)
        assertEquals(listOf(1.days, 7.days, 30.days, 90.days, 365.days), offered.grantDurations)
        assertTrue(offered.grantDuration in offered.grantDurations)
        assertEquals(Purpose.entries, offered.purposes)
        assertTrue(offered.purpose in offered.purposes)
        assertEquals(listOf(1.minutes, 5.minutes, 15.minutes, 30.minutes), offered.autoLockInFront)
        assertEquals(listOf(Duration.ZERO, 1.minutes, 5.minutes), offered.autoLockInBackground)
        assertEquals(library.shortestPin.toInt()..library.longestPin.toInt(), Pin.SHORTEST..Pin.LONGEST)
    }

    @Test
    fun `a clinic crosses as it is`() {
        for (standing in ClinicStanding.entries) {
            for (place in listOf("Bern", null)) {
                val clinic = Clinic(ClinicId("0a".repeat(32)), "Kinderspital", place, standing)
                assertEquals(clinic, clinic.toLibrary().toModel())
            }
        }
    }

    @Test
    fun `every name means the same on both sides`() {
        assertEquals(Category.entries, org.keepwell.RecordCategory.entries.map { it.toModel() })
        assertEquals(org.keepwell.RecordCategory.entries, Category.entries.map { it.toLibrary() })
        assertEquals(Purpose.entries.toSet(), org.keepwell.Purpose.entries.map { it.toModel() }.toSet())
        assertEquals(Validity.entries, org.keepwell.Validity.entries.map { it.toModel() })
        assertEquals(RecordKind.entries, org.keepwell.RecordKind.entries.map { it.toModel() })
        assertEquals(ValueFlag.entries, org.keepwell.ValueFlag.entries.map { it.toModel() })
        assertEquals(VersionStanding.entries, org.keepwell.VersionStanding.entries.map { it.toModel() })
        assertEquals(Trend.entries, org.keepwell.Trend.entries.map { it.toModel() })
        assertEquals(PictureLabel.entries, org.keepwell.ChartLabel.entries.map { it.toModel() })
        Purpose.entries.forEach { assertEquals(it, it.toLibrary().toModel()) }
        assertEquals(GrantState.entries.toSet(), org.keepwell.GrantState.entries.map { it.toModel() }.toSet())
        assertEquals(StoppedBy.entries, org.keepwell.StoppedBy.entries.map { it.toModel() })
        assertEquals(ShareState.entries.toSet(), org.keepwell.ShareState.entries.map { it.toModel() }.toSet())
        assertEquals(ClinicStanding.entries.toSet(), ProviderState.entries.map { it.toModel() }.toSet())
        assertEquals(RecordOrder.entries.map { it.name }, org.keepwell.RecordOrder.entries.map { it.name })
        RecordOrder.entries.forEach { assertEquals(it.name, RecordQuery(order = it).toLibrary().order?.name) }
        assertEquals(LinkAction.entries.toSet(), ShareAction.entries.map { it.toLibrary() }.toSet())
    }

    @Test
    fun `who has stopped a grant and whether the host knows of a share come through`() {
        val now = Instant.EPOCH
        for (stopped in listOf(null) + org.keepwell.StoppedBy.entries) {
            val grant = GrantView(
                org.keepwell.GrantId("00"), ProviderId("11"), "A", Scope(emptyList()), org.keepwell.Purpose.TREAT, now, now, org.keepwell.GrantState.REVOKING, now, true, "000007", stopped, true, null,
            ).toModel()
            assertEquals(stopped?.name, grant.stoppedBy?.name)
            assertEquals(GrantId("00") to ClinicId("11"), grant.id to grant.clinic)
            assertEquals(stopped == null, grant.isStillOpen)
        }
        for (state in org.keepwell.GrantState.entries) {
            val share = ShareSummary(LinkId("00"), "", now, now.plusSeconds(60), null, org.keepwell.ShareState.ACTIVE, true, ledger = state).toModel()
            assertEquals(state.toModel() to (state == org.keepwell.GrantState.PENDING), share.ledger to share.isPending)
        }
        for (isTold in listOf(true, false)) {
            val share = ShareSummary(LinkId("00"), "", now, now.plusSeconds(60), null, org.keepwell.ShareState.REVOKED, isTold).toModel()
            assertEquals(!isTold, share.isStillOpen(now))
            assertFalse(share.isStillOpen(share.expires))
            assertNull(share.ledger)
        }
    }

    @Test
    fun `hidden is what would not be seen, and what goes along is counted for itself`() {
        fun record(category: org.keepwell.RecordCategory) =
            RecordSummary(org.keepwell.RecordId("00"), "Observation", category, null, null, null, null, null, null, listOf(org.keepwell.Validity.VALID), "file", Instant.EPOCH)
        fun preview(along: List<RecordSummary>) = AccessPreview(
            org.keepwell.RecordCategory.entries.take(2).mapIndexed { at, category ->
                val seen = List(at) { PreviewedRecord(record(category), Decision.Allow(Allowed.CATEGORY)) }
                org.keepwell.PreviewedCategory(category, seen, List(2) { PreviewedRecord(record(category), Decision.Deny(Denied.OUT_OF_BOUNDS)) })
            },
            along,
            listOf(TypeCount("Practitioner", along.size.toULong())),
        ).toModel()
        val category = org.keepwell.RecordCategory.entries[1]
        val seen = listOf(PreviewedCategory(category.toModel(), listOf(record(category).toModel())))
        assertEquals(GrantPreview(seen, hidden = 4, along = 0), preview(emptyList()))
        assertEquals(GrantPreview(seen, hidden = 4, along = 3), preview(List(3) { record(org.keepwell.RecordCategory.OTHER) }))
    }

    @Test
    fun `a share's preview is listed by category, beside what goes along and what stays`() {
        fun record(category: org.keepwell.RecordCategory, title: String) =
            RecordSummary(org.keepwell.RecordId("00"), "Observation", category, null, null, title, null, null, null, listOf(org.keepwell.Validity.VALID), "file", Instant.EPOCH)
        val (vitals, allergies) = org.keepwell.RecordCategory.VITALS to org.keepwell.RecordCategory.ALLERGIES
        val leaving = listOf(record(vitals, "newest"), record(allergies, "Latex"), record(vitals, "oldest"))
        val preview = org.keepwell.SharePreview(leaving, listOf(record(vitals, "along")), List(2) { record(allergies, "error") }).toModel()
        val titles = preview.leaving.map { (category, records) -> category to records.map { it.title } }
        assertEquals(listOf(Category.ALLERGIES to listOf("Latex"), Category.VITALS to listOf("newest", "oldest")), titles)
        assertEquals(1L to 2L, preview.along to preview.withdrawn)
        assertFalse(preview.hasPdf)
        val withPdf = org.keepwell.SharePreview(leaving, emptyList(), emptyList(), renderedPdfBytes = 40_000uL).toModel()
        assertTrue(withPdf.hasPdf)
    }

    @Test
    fun `no categories mean the check-in set, some mean one scope`() {
        assertTrue(ShareRequest(emptySet(), 10.minutes).toLibrary().scopes.isEmpty())
        val scope = ShareRequest(setOf(Category.VITALS, Category.ALLERGIES), 10.minutes).toLibrary().scopes.single()
        assertEquals(listOf(org.keepwell.RecordCategory.ALLERGIES, org.keepwell.RecordCategory.VITALS), scope.categories)
    }

    @Test
    fun `a link leads to one file unless it follows the record or has a passcode`() {
        val plain = ShareRequest(emptySet(), 10.minutes)
        assertEquals(null, plain.toLibrary().manifest)
        assertEquals("I live alone.", plain.copy(story = "I live alone.").toLibrary().story)
        assertEquals(null, plain.copy(story = " \n").toLibrary().story)
        assertEquals(org.keepwell.ManifestRequest(isLongTerm = true), plain.copy(followsRecord = true).toLibrary().manifest)
        assertEquals(org.keepwell.ManifestRequest(passcode = "blue-otter"), plain.toLibrary("blue-otter".encodeToByteArray()).manifest)
    }

    @Test
    fun `what a person can act on is told apart, and the rest keeps its code`() {
        assertEquals(Problem.WrongPin(3), problem(WalletException.WrongPin(3u)))
        assertEquals(Problem.PinDelayed(30), problem(WalletException.PinDelayed(30u)))
        assertEquals(Problem.WordsUnreadable(org.keepwell.wallet.model.WordsReason.UNKNOWN_WORD, 7), problem(WalletException.WordsUnreadable(WordsReason.UNKNOWN_WORD, 7u)))
        assertEquals(Problem.WordsUnreadable(org.keepwell.wallet.model.WordsReason.MNEMONIC_CHECKSUM, null), problem(WalletException.WordsUnreadable(WordsReason.MNEMONIC_CHECKSUM, null)))
        assertEquals(Problem.WrongWords, problem(WalletException.WrongWords()))
        assertEquals(Problem.PinUnsuitable("PinGuessable"), problem(WalletException.PinUnsuitable(PinReason.PIN_GUESSABLE)))
        assertEquals(Problem.StoryTooLong, problem(WalletException.ShareRefused(ShareReason.SHARE_STORY)))
        val passcodes = mapOf(
            ShareReason.PASSCODE_LENGTH to PasscodeReason.LENGTH, ShareReason.PASSCODE_CHARACTER to PasscodeReason.CHARACTER,
            ShareReason.PASSCODE_GUESSABLE to PasscodeReason.GUESSABLE,
        )
        for ((reason, told) in passcodes) assertEquals(Problem.PasscodeUnsuitable(told), problem(WalletException.ShareRefused(reason)))
        assertEquals(Problem.PassphraseTooLong, problem(WalletException.InvalidArgument(ArgumentReason.PASSPHRASE_TOO_LONG)))
        assertEquals(Problem.DeviceKeyLost, problem(WalletException.DeviceKeyFailed(DeviceKeyReason.DEVICE_KEY_LOST)))
        assertEquals(Problem.ClinicKeyChanged, problem(WalletException.ProviderRefused(ProviderReason.PROVIDER_KEY_CHANGED)))
        assertEquals(Problem.Other("AmbiguousProvider"), problem(WalletException.ProviderRefused(ProviderReason.AMBIGUOUS_PROVIDER)))
        assertEquals(Problem.Offline, problem(WalletException.Offline(OfflineReason.TIMEOUT)))
        assertEquals(Problem.Untrusted("HostRolledBack"), problem(WalletException.Untrusted(UntrustedReason.HOST_ROLLED_BACK)))
        assertEquals(Problem.AttachmentMissing, problem(WalletException.NotFound(NotFoundReason.ATTACHMENT_NOT_HERE)))
        assertEquals(Problem.NotFound("NoSuchAttachment"), problem(WalletException.NotFound(NotFoundReason.NO_SUCH_ATTACHMENT)))
        assertEquals(Problem.AttachmentDamaged, problem(WalletException.File(FileReason.ATTACHMENT_DAMAGED)))
        assertEquals(Problem.FileUnreadable("InvalidJson"), problem(WalletException.File(FileReason.INVALID_JSON)))
        assertEquals(Problem.Other("Internal"), problem(WalletException.Internal()))
    }
}
