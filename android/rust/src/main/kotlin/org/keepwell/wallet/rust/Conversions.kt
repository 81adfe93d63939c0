package org.keepwell.wallet.rust

import kotlin.time.toJavaDuration
import kotlin.time.toKotlinDuration
import org.keepwell.AccessPreview
import org.keepwell.Activity
import org.keepwell.ActivityEvent
import org.keepwell.ArgumentReason
import org.keepwell.ConnectionReason
import org.keepwell.DeviceKeyReason
import org.keepwell.Event
import org.keepwell.FileReason
import org.keepwell.GrantView
import org.keepwell.GrantReason
import org.keepwell.LinkAction
import org.keepwell.LinkId
import org.keepwell.LinkReason
import org.keepwell.ManifestRequest
import org.keepwell.NotFoundReason
import org.keepwell.OfflineReason
import org.keepwell.ProviderId
import org.keepwell.ProviderReason
import org.keepwell.ProviderState
import org.keepwell.ProviderSummary
import org.keepwell.ReadProof
import org.keepwell.ReadReceipt
import org.keepwell.RequestProof
import org.keepwell.Scope
import org.keepwell.ServerReason
import org.keepwell.ShareOutcome
import org.keepwell.ShareReason
import org.keepwell.ShareSummary
import org.keepwell.StorageReason
import org.keepwell.UntrustedReason
import org.keepwell.WalletException
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.ClinicRead
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.Cursor
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantExtension
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.LedgerQuestions
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.model.NewShare
import org.keepwell.wallet.model.PasscodeReason
import org.keepwell.wallet.model.PreviewedCategory
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordOrder
import org.keepwell.wallet.model.RecordPage
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.SharePreview
import org.keepwell.wallet.model.ShareRequest
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.model.StoppedBy
import org.keepwell.wallet.model.WordsReason

// The names are the same on both sides; a test walks through all of them.
internal fun org.keepwell.RecordCategory.toModel(): Category = Category.valueOf(name)

internal fun Category.toLibrary(): org.keepwell.RecordCategory = org.keepwell.RecordCategory.valueOf(name)

internal fun RecordId.toLibrary() = org.keepwell.RecordId(hex)

internal fun GrantId.toLibrary() = org.keepwell.GrantId(hex)

internal fun ShareId.toLibrary() = LinkId(hex)

internal fun org.keepwell.GrantState.toModel(): GrantState = GrantState.valueOf(name)

internal fun org.keepwell.StoppedBy.toModel(): StoppedBy = StoppedBy.valueOf(name)

internal fun org.keepwell.LedgerQuestions.toModel(): LedgerQuestions = LedgerQuestions.valueOf(name)

internal fun org.keepwell.ShareState.toModel(): ShareState = ShareState.valueOf(name)

internal fun ProviderState.toModel(): ClinicStanding = ClinicStanding.valueOf(name)

internal fun ProviderSummary.toModel() = Clinic(ClinicId(provider.text), name, place.ifBlank { null }, state.toModel())

internal fun Clinic.toLibrary() = ProviderSummary(ProviderId(id.hex), name, place.orEmpty(), ProviderState.valueOf(standing.name))

internal fun ShareAction.toLibrary(): LinkAction = LinkAction.valueOf(name)

internal fun org.keepwell.Purpose.toModel(): Purpose = when (this) {
    org.keepwell.Purpose.TREAT -> Purpose.TREATMENT
    org.keepwell.Purpose.EMERGENCY_TREAT -> Purpose.EMERGENCY
    org.keepwell.Purpose.PAYMENT -> Purpose.PAYMENT
    org.keepwell.Purpose.OPERATIONS -> Purpose.OPERATIONS
    org.keepwell.Purpose.RESEARCH -> Purpose.RESEARCH
    org.keepwell.Purpose.PUBLIC_HEALTH -> Purpose.PUBLIC_HEALTH
    org.keepwell.Purpose.PATIENT_REQUEST -> Purpose.PATIENT_REQUEST
    org.keepwell.Purpose.FAMILY_REQUEST -> Purpose.FAMILY_REQUEST
}

internal fun org.keepwell.AccessRequestView.toModel() = AccessRequest(
    RequestId(request.text), ClinicId(provider.text), categories.map { it.toModel() }.toSet(), purpose.toModel(), duration.toKotlinDuration(),
)

internal fun Purpose.toLibrary(): org.keepwell.Purpose = org.keepwell.Purpose.entries.first { it.toModel() == this }

internal fun org.keepwell.Choices.toModel() = Choices(
    shareLives.map { it.toKotlinDuration() }, shareLivesOnLedger.map { it.toKotlinDuration() }, shareLife.toKotlinDuration(),
    grantDurations.map { it.toKotlinDuration() }, grantDuration.toKotlinDuration(),
    purposes.map { it.toModel() }, purpose.toModel(),
    autoLockInFront.map { it.toKotlinDuration() }, autoLockInBackground.map { it.toKotlinDuration() },
)

internal fun RecordOrder.toLibrary(): org.keepwell.RecordOrder = org.keepwell.RecordOrder.valueOf(name)

internal fun RecordQuery.toLibrary() = org.keepwell.RecordQuery(category?.toLibrary(), text, since, after = after?.let { org.keepwell.Cursor(it.value) }, order = order.toLibrary())

internal fun org.keepwell.RecordPage.toModel() = RecordPage(records.map { it.toModel() }, next?.let { Cursor(it.text) })

internal fun org.keepwell.RecordSummary.toModel() = RecordSummary(
    RecordId(id.text), category.toModel(), display ?: code, date, source, value?.toModel(), flag?.toModel(), validities.map { it.toModel() },
    arrivedAt,
)

/** What goes along because a record that is seen refers to it is neither counted as seen nor as hidden. */
internal fun AccessPreview.toModel() = GrantPreview(
    categories.filter { it.seen.isNotEmpty() }
        .map { group -> PreviewedCategory(group.category.toModel(), group.seen.map { it.record.toModel() }) },
    categories.sumOf { it.unseen.size.toLong() },
    referenced.size.toLong(),
)

internal fun org.keepwell.SharePreview.toModel() = SharePreview(
    records.map { it.toModel() }.groupBy { it.category }.toSortedMap().map { (category, of) -> PreviewedCategory(category, of) },
    referenced.size.toLong(),
    withdrawn.size.toLong(),
    renderedPdfBytes != null,
)

internal fun GrantView.toModel() = Grant(
    GrantId(grant.text), ClinicId(provider.text), name, scope.categories.map { it.toModel() }, purpose.toModel(), notBefore, notAfter, state.toModel(), since, delivered, matchCode,
    stoppedBy?.toModel(),
)

internal fun org.keepwell.GrantExtension.toModel() = GrantExtension(grant.toModel(), former.toModel())

internal fun Event.RecordsRead.toModel() = ClinicRead(name.ifBlank { null }, records.toLong(), proof != ReadProof.UNPROVED)

/** To one file, which every scanner knows, unless something else is asked of it. */
internal fun ShareRequest.toLibrary(passcode: ByteArray? = null): org.keepwell.ShareRequest {
    val manifest = if (followsRecord || passcode != null) ManifestRequest(followsRecord, passcode?.decodeToString()) else null
    return org.keepwell.ShareRequest(categories.toScopes(), life = life.toJavaDuration(), manifest = manifest, story = story.ifBlank { null })
}

/** The scopes of a share of these categories; none: what a clinic asks for at check-in. */
internal fun Set<Category>.toScopes(): List<Scope> = if (isEmpty()) emptyList() else listOf(Scope(sorted().map { it.toLibrary() }))

internal fun ShareSummary.toModel() =
    Share(ShareId(id.text), created, expires, state.toModel(), isTold, isLongTerm, needsPasscode, ledger?.toModel())

internal fun org.keepwell.NewShare.toModel() = NewShare(share.toModel(), ShareLink(link))

internal fun org.keepwell.ShareOpening.toModel() = ShareOpening(time, recipient, outcome == ShareOutcome.OPENED)

internal fun Activity.toModel(): LogEntry = when (val event = event) {
    is ActivityEvent.Granted -> entry(LogEvent.GRANTED, event.name, event.grant)
    is ActivityEvent.Revoked -> entry(LogEvent.REVOKED, event.name, event.grant)
    is ActivityEvent.GrantRead -> entry(ifSigned(event.request, LogEvent.GRANT_READ), event.name, event.grant)
    is ActivityEvent.GrantDenied -> entry(ifSigned(event.request, LogEvent.GRANT_DENIED), event.name, event.grant)
    is ActivityEvent.RecordsRead -> {
        val read = if (event.receipt is ReadReceipt.Valid) LogEvent.RECORDS_READ else LogEvent.READ_WITHOUT_RECEIPT
        entry(ifSigned(event.request, read), event.name, event.grant).copy(records = event.count.toLong())
    }
    is ActivityEvent.ShareMade -> entry(LogEvent.SHARE_MADE, event.label)
    is ActivityEvent.ShareOpened -> entry(LogEvent.SHARE_OPENED, event.recipient)
    is ActivityEvent.ShareDenied -> entry(LogEvent.SHARE_DENIED, event.recipient)
}

private fun Activity.entry(event: LogEvent, about: String, grant: org.keepwell.GrantId? = null) =
    LogEntry(time, event, about.ifBlank { null }, grant?.let { GrantId(it.text) })

private fun ifSigned(request: RequestProof, event: LogEvent) =
    if (request is RequestProof.Signed) event else LogEvent.UNPROVED

private fun org.keepwell.WordsReason.toModel(): WordsReason = when (this) {
    org.keepwell.WordsReason.WORD_COUNT -> WordsReason.WORD_COUNT
    org.keepwell.WordsReason.WORD_NUMBERING -> WordsReason.WORD_NUMBERING
    org.keepwell.WordsReason.UNKNOWN_WORD -> WordsReason.UNKNOWN_WORD
    org.keepwell.WordsReason.MNEMONIC_CHECKSUM -> WordsReason.MNEMONIC_CHECKSUM
    org.keepwell.WordsReason.AMBIGUOUS_LANGUAGE -> WordsReason.AMBIGUOUS_LANGUAGE
    org.keepwell.WordsReason.TEST_SEED -> WordsReason.TEST_SEED
    org.keepwell.WordsReason.UNKNOWN -> WordsReason.UNKNOWN
}

/** What a person can act on; the rest keeps its code. */
internal fun problem(e: WalletException): Problem = when (e) {
    is WalletException.Locked -> Problem.Locked
    is WalletException.WrongPin -> Problem.WrongPin(e.left.toInt())
    is WalletException.PinDelayed -> Problem.PinDelayed(e.seconds.toLong())
    is WalletException.PinSlotDestroyed -> Problem.PinSlotDestroyed
    is WalletException.PinUnsuitable -> Problem.PinUnsuitable(e.code())
    is WalletException.WordsUnreadable -> Problem.WordsUnreadable(e.reason.toModel(), e.position?.toInt())
    is WalletException.WrongWords -> Problem.WrongWords
    is WalletException.NoWallet -> Problem.NoWallet
    is WalletException.Offline -> Problem.Offline
    is WalletException.NotConnected -> Problem.NotConnected
    is WalletException.Untrusted -> Problem.Untrusted(e.code())
    is WalletException.NotFound -> if (e.reason == NotFoundReason.ATTACHMENT_NOT_HERE) Problem.AttachmentMissing else Problem.NotFound(e.code())
    is WalletException.File -> if (e.reason == FileReason.ATTACHMENT_DAMAGED) Problem.AttachmentDamaged else Problem.FileUnreadable(e.code())
    is WalletException.WrongPasscode -> Problem.WrongPasscode(e.left?.toInt())
    is WalletException.LinkRefused -> linkProblem(e.reason, e.code())
    is WalletException.QuizFailed -> Problem.QuizFailed
    is WalletException.DeviceKeyFailed -> when (e.reason) {
        DeviceKeyReason.DEVICE_KEY_LOST -> Problem.DeviceKeyLost
        DeviceKeyReason.DEVICE_KEY_REFUSED -> Problem.DeviceKeyRefused
        DeviceKeyReason.DEVICE_KEY_UNAVAILABLE -> Problem.DeviceKeyUnavailable
        DeviceKeyReason.DEVICE_KEY_LOCKED_OUT -> Problem.DeviceKeyLockedOut
        DeviceKeyReason.BIOMETRICS_LOST -> Problem.BiometricsLost
        DeviceKeyReason.BIOMETRICS_OFF -> Problem.BiometricsOff
        DeviceKeyReason.UNKNOWN -> Problem.Other(e.code())
    }
    is WalletException.ProviderRefused -> when (e.reason) {
        ProviderReason.PROVIDER_KEY_CHANGED -> Problem.ClinicKeyChanged
        ProviderReason.PROVIDER_SUSPENDED -> Problem.ClinicSuspended
        else -> Problem.Other(e.code())
    }
    is WalletException.ShareRefused -> when (e.reason) {
        ShareReason.SHARE_ENDED -> Problem.ShareEnded
        ShareReason.NOTHING_TO_SHARE -> Problem.NothingToShare
        ShareReason.SHARE_STORY -> Problem.StoryTooLong
        ShareReason.PASSCODE_LENGTH -> Problem.PasscodeUnsuitable(PasscodeReason.LENGTH)
        ShareReason.PASSCODE_CHARACTER -> Problem.PasscodeUnsuitable(PasscodeReason.CHARACTER)
        ShareReason.PASSCODE_GUESSABLE -> Problem.PasscodeUnsuitable(PasscodeReason.GUESSABLE)
        else -> Problem.Other(e.code())
    }
    is WalletException.Storage -> if (e.reason == StorageReason.DISK_FULL) Problem.DiskFull else Problem.Other(e.code())
    is WalletException.ConnectionRefused -> when (e.reason) {
        ConnectionReason.SPACE_MISSING -> Problem.NothingToRestore
        ConnectionReason.SPACE_EXISTS -> Problem.AlreadyThere
        else -> Problem.Other(e.code())
    }
    is WalletException.InvalidArgument -> when (e.reason) {
        ArgumentReason.PASSPHRASE_TOO_LONG -> Problem.PassphraseTooLong
        ArgumentReason.CONNECTION_MALFORMED -> Problem.ConnectionUnreadable
        ArgumentReason.INVITE_MALFORMED -> Problem.NotInvited(e.code())
        else -> Problem.Other(e.code())
    }
    is WalletException.ServerRefused -> when (e.reason) {
        ServerReason.INVITE_NEEDED, ServerReason.INVITE_USED, ServerReason.INVITE_UNKNOWN, ServerReason.INVITE_LAPSED -> Problem.NotInvited(e.code())
        else -> Problem.Other(e.code())
    }
    is WalletException.GrantRefused -> when (e.reason) {
        GrantReason.REQUEST_EXPIRED, GrantReason.REQUEST_ANSWERED -> Problem.RequestOver(e.code())
        GrantReason.NOT_A_REQUEST, GrantReason.REQUEST_NOT_SIGNED -> Problem.RequestUnproved(e.code())
        else -> Problem.Other(e.code())
    }
    is WalletException.Closed, is WalletException.Busy, is WalletException.Cancelled, is WalletException.Internal, is WalletException.WalletExists,
    -> Problem.Other(e.code())
}

private fun linkProblem(reason: LinkReason, code: String): Problem = when (reason) {
    LinkReason.LINK_NOT_ACTIVE -> Problem.LinkEnded
    LinkReason.LINK_RETRY_LATER -> Problem.LinkLater
    LinkReason.LINK_ADDRESS, LinkReason.LINK_KEY, LinkReason.LINK_FLAGS -> Problem.LinkUnsafe(code)
    LinkReason.UNSUPPORTED_LINK -> Problem.LinkNewer
    LinkReason.JWE_TOO_LARGE -> Problem.LinkTooLarge(code)
    LinkReason.JWE_DOES_NOT_OPEN, LinkReason.JWE_INFLATE, LinkReason.JWE_MALFORMED, LinkReason.JWE_UNSUPPORTED, LinkReason.LINK_MANIFEST ->
        Problem.LinkDamaged(code)
    LinkReason.NOT_A_HEALTH_LINK, LinkReason.LINK_PASSCODE_NEEDED, LinkReason.LINK_ANSWER, LinkReason.UNKNOWN -> Problem.LinkUnreadable(code)
}

/** The same of a clinic's own server. */
internal fun problemOfSource(e: WalletException): Problem = when {
    e is WalletException.ServerRefused -> when (e.reason) {
        ServerReason.ADDRESS_MALFORMED, ServerReason.ADDRESS_REFUSED, ServerReason.SOURCE_NOT_SMART, ServerReason.SOURCE_PKCE_MISSING,
        ServerReason.SOURCE_STATUS, ServerReason.SOURCE_ANSWER_MALFORMED,
        -> Problem.SourceAddress(e.code())
        ServerReason.SOURCE_REDIRECT_UNKNOWN, ServerReason.SOURCE_ISSUER_MISMATCH -> Problem.SignInUnknown(e.code())
        ServerReason.SOURCE_ACCESS_DENIED, ServerReason.SOURCE_AUTHORIZATION_REFUSED, ServerReason.SOURCE_TOKEN_REFUSED,
        ServerReason.SOURCE_NOTHING_GRANTED, ServerReason.SOURCE_PATIENT_MISSING, ServerReason.SOURCE_PATIENT_UNREADABLE,
        -> Problem.SignInRefused(e.code())
        ServerReason.SOURCE_PATIENT_CHANGED -> Problem.SourceOfOther(e.code())
        ServerReason.SOURCE_AUTHORIZATION_ENDED -> Problem.SignedOut
        else -> problem(e)
    }
    e is WalletException.File && (e.reason == FileReason.OTHER_PATIENT || e.reason == FileReason.NO_SUCH_PATIENT) -> Problem.SourceOfOther(e.code())
    else -> problem(e)
}

/** The same of a link, at whose end is another server than the wallet's. */
internal fun problemOfLink(e: WalletException): Problem = when {
    e is WalletException.Offline -> if (e.reason == OfflineReason.RATE_LIMITED) Problem.LinkLater else Problem.LinkUnreachable(e.code())
    e is WalletException.ServerRefused && e.reason == ServerReason.RESPONSE_TOO_LARGE -> Problem.LinkTooLarge(e.code())
    e is WalletException.ServerRefused && (e.reason == ServerReason.ADDRESS_REFUSED || e.reason == ServerReason.ADDRESS_MALFORMED) ->
        Problem.LinkUnsafe(e.code())
    e is WalletException.Untrusted && e.reason == UntrustedReason.CERTIFICATE_REFUSED -> Problem.LinkUnsafe(e.code())
    else -> problem(e)
}
