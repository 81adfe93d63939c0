package org.keepwell.wallet.rust

import org.keepwell.Event
import org.keepwell.Observer
import org.keepwell.SkipReason
import org.keepwell.SkippedRecords
import org.keepwell.SourceOutcome
import org.keepwell.SourceView
import org.keepwell.wallet.model.MissingReason
import org.keepwell.wallet.model.MissingRecords
import org.keepwell.wallet.model.OtherPerson
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SignInResult
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.SourceSync
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.SourceService

/** Clinics' servers by the library; [changed] is told when records, or what there is to do, may have changed. */
internal class RustSources(private val library: RustWallet, private val changed: () -> Unit) : SourceService {
    override suspend fun begin(address: String) = library.asking(::problemOfSource) { it.beginSource(address, CLIENT, REDIRECT) }

    override suspend fun finish(redirect: String, person: String?): Outcome<SignInResult> {
        val outcome = library.asking(::problemOfSource) { it.finishSource(redirect, person) }.orElse { return Outcome.Failed(it) }
        changed()
        return when (outcome) {
            null -> Outcome.Failed(Problem.SourceOfOther("OtherPatient"))
            is SourceOutcome.Connected -> Outcome.Done(SignInResult.Connected(outcome.source.toModel()))
            is SourceOutcome.OtherPatients -> {
                // The owner may be among them; a server gives one other.
                val other = outcome.patients.firstOrNull { !it.isOwner } ?: return Outcome.Failed(Problem.SourceOfOther("OtherPatient"))
                Outcome.Done(SignInResult.WhoIsIt(OtherPerson(other.id, other.name, other.birthDate)))
            }
        }
    }

    override suspend fun list() = library.asking { it.sources().map { one -> one.toModel() } }

    override suspend fun sync(id: SourceId, onProgress: (String) -> Unit): Outcome<SourceSync> = try {
        library.asking(::problemOfSource) { wallet ->
            wallet.subscribe(SourceObserver(onProgress)).use { subscription ->
                try {
                    val synced = wallet.syncSource(org.keepwell.SourceId(id.text))
                    SourceSync(synced.source.toModel(), synced.report.toModel(), synced.skipped.toModel())
                } finally {
                    subscription.cancel()
                }
            }
        }
    } finally {
        // Also where it was broken off: what came until then is there.
        changed()
    }

    override suspend fun remove(id: SourceId) =
        library.asking(::problemOfSource) { it.removeSource(org.keepwell.SourceId(id.text)) }.also { changed() }

    private companion object {
        /** What clinics know this app by, and where their pages lead back to. */
        const val CLIENT = "keepwell"
        const val REDIRECT = "keepwell://authorized"
    }
}

private class SourceObserver(private val onProgress: (String) -> Unit) : Observer {
    override fun onEvents(events: List<Event>) {
        events.filterIsInstance<Event.SourceProgress>().lastOrNull()?.let { onProgress(it.resourceType) }
    }
}

internal fun SourceView.toModel() =
    Source(SourceId(source.text), name, address, granted, refused, added, last, expires, needsAuthorization)

/** Each kind once for each reason: of which of its parts it is says nothing to a person. */
internal fun List<SkippedRecords>.toModel(): List<MissingRecords> = map { MissingRecords(it.resourceType, it.reason.toModel()) }.distinct()

internal fun SkipReason.toModel(): MissingReason = when (this) {
    SkipReason.REFUSED, SkipReason.PARAMETER_REQUIRED -> MissingReason.REFUSED
    SkipReason.SERVER_FAILED, SkipReason.BUSY, SkipReason.CHANGED_PAGES, SkipReason.UNREACHABLE -> MissingReason.LATER
    SkipReason.MALFORMED, SkipReason.OTHER_TYPE, SkipReason.TOO_LARGE, SkipReason.OTHER_SERVER, SkipReason.REPEATED_PAGE, SkipReason.TOO_MANY_PAGES,
    -> MissingReason.UNUSABLE
    SkipReason.OTHER_CATEGORIES -> MissingReason.IN_PARTS
    SkipReason.AUTHORIZATION_ENDED -> MissingReason.SIGNED_OUT
}
