package org.keepwell.wallet.navigation

import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.model.SourceId

/** A place in the app; the four roots are the tabs. */
sealed interface Route {
    /** Categories and search. */
    data object Records : Route

    /** The records of one category. */
    data class InCategory(val category: Category) : Route

    /** Everything by its date, or by when it came in. */
    data object Timeline : Route

    /** One record. */
    data class Record(val id: RecordId) : Route

    /** A file in a record, by its number on the record's page. */
    data class Attachment(val record: RecordId, val index: Int) : Route

    /** Who has access. */
    data object Access : Route

    /** Step 1 of granting: which clinic. */
    data object Clinics : Route

    /** One clinic: how it stands, what it may read and what it read. */
    data class Clinic(val id: ClinicId) : Route

    /** The camera, looking for a clinic's code. */
    data object Scan : Route

    /** What a clinic's code asks for, while it is being proved. Never saved: it is good for minutes. */
    data class Asked(val code: String) : Route

    /** Steps 2 and 3 of granting; no draft while nothing was chosen. */
    data class Grant(val clinic: ClinicId, val draft: GrantDraft? = null) : Route

    /** Making an access longer. Never saved: it may have been made longer just before the process ended. */
    data class Extend(val grant: GrantId) : Route

    /** What a grant that was made just now still lacks; it takes the place of the [former] one, where there is one. */
    data class Granted(val id: GrantId, val former: GrantId? = null) : Route

    /** Share by QR. */
    data object Share : Route

    /** What happened. */
    data object Log : Route

    /** The ways in which records come in, what came in before, and what was set aside. */
    data object Add : Route

    /** The clinics whose records come from their own servers. */
    data object Sources : Route

    /** One of them. */
    data class Source(val id: SourceId) : Route

    /** The address of one more. */
    data object AddSource : Route

    /** What the browser came back with from a clinic's page. Never saved: it is good once. */
    data class SignedIn(val redirect: String) : Route {
        override fun toString() = "SignedIn(..)"
    }

    /** What other apps have put together on this phone. */
    data object Health : Route

    /** The camera, looking for a code that leads to records. */
    data object ScanLink : Route

    /** A link to records, to be pasted. */
    data object PasteLink : Route

    /** Something that came from outside, asked about and taken in. Never saved. */
    data class Import(val incoming: Incoming.Records) : Route

    /** Showing the recovery words and asking for some of them. Never saved. */
    data object CheckWords : Route

    /** The list of settings. */
    data object Settings : Route

    /** One of the settings, or something that the list leads to. */
    data class Setting(val page: SettingsPage) : Route

    /** Connecting this phone, to servers that were offered by whoever. Never saved. */
    data class Connect(val offered: Incoming.Connection? = null) : Route

    companion object {
        /** The tabs, in their order. */
        val TABS = listOf(Records, Access, Share, Log)
    }
}

/** What the list of settings leads to. */
enum class SettingsPage {
    CHANGE_PIN,
    BIOMETRICS,
    AUTO_LOCK,
    WORDS,
    EXPORT,
    PRINT,
    ERASE,
    LANGUAGE,
    NOTICES,
    HELP,
    PRIVACY,
    ABOUT,
    LICENCES,
    SUPPORT,
}

/** What the patient has chosen so far in a grant. */
data class GrantDraft(
    val categories: Set<Category>,
    val purpose: Purpose,
    val duration: Duration,
    val isNamed: Boolean = true,
    val isReviewing: Boolean = false,
    /** What the clinic asks for: no more is given in answer to it. */
    val asked: Asked? = null,
) {
    /** The bounds of an answer; the purpose is what is asked for. */
    data class Asked(val request: RequestId, val categories: Set<Category>, val duration: Duration)
}

/** What a grant begins with. */
fun Choices.draft(categories: Set<Category> = emptySet()) = GrantDraft(categories, purpose, grantDuration)

/** What answering a request begins with: all of it. */
fun AccessRequest.draft() = GrantDraft(categories, purpose, duration, asked = GrantDraft.Asked(id, categories, duration))

/**
 * Writes routes as text for Android's saved state, and reads them back.
 *
 * Only places and choices are written: no PIN, no words, no link, no search text and nothing out of a record.
 */
object SavedRoutes {
    /** One line a route, up to the first that is never saved. */
    fun write(routes: List<Route>): List<String> = routes.map(::line).takeWhile { it != null }.filterNotNull()

    /** The routes up to the first line that cannot be read; empty means: begin anew. */
    fun read(lines: List<String>): List<Route> {
        val routes = ArrayList<Route>()
        for (line in lines) routes += route(line) ?: break
        return routes
    }

    private fun line(route: Route): String? = when (route) {
        Route.Records -> "records"
        is Route.InCategory -> "category ${route.category.stableName}"
        Route.Timeline -> "timeline"
        is Route.Record -> "record ${route.id.hex}"
        is Route.Attachment -> "attachment ${route.record.hex} ${route.index}"
        Route.Access -> "access"
        Route.Clinics -> "clinics"
        is Route.Clinic -> "clinic ${route.id.hex}"
        Route.Scan -> "scan"
        is Route.Grant -> "grant ${route.clinic.hex}" + route.draft?.let(::line).orEmpty()
        is Route.Granted -> listOfNotNull("granted", route.id.hex, route.former?.hex).joinToString(" ")
        Route.Share -> "share"
        Route.Log -> "log"
        Route.Add -> "add"
        Route.Sources -> "sources"
        is Route.Source -> "source ${route.id.text}"
        Route.AddSource -> "add-source"
        Route.Health -> "health"
        Route.ScanLink -> "scan-link"
        Route.PasteLink -> "paste-link"
        Route.Settings -> "settings"
        is Route.Setting -> "setting ${route.page.name}".takeUnless { route.page in NEVER_SAVED }
        is Route.Asked, is Route.Extend, is Route.Import, is Route.SignedIn, Route.CheckWords, is Route.Connect -> null
    }

    /** Questions that nobody is to stand before who opens the app. */
    private val NEVER_SAVED = setOf(SettingsPage.CHANGE_PIN, SettingsPage.WORDS, SettingsPage.ERASE)

    private fun line(draft: GrantDraft): String = with(draft) {
        val names = categories.joinToString(",") { it.stableName }
        val bounds = asked?.run { " ${request.hex} ${duration.inWholeSeconds} ${categories.joinToString(",") { it.stableName }}" }
        " ${purpose.code} ${duration.inWholeSeconds} $isNamed $isReviewing $names" + bounds.orEmpty()
    }

    private fun route(line: String): Route? {
        val words = line.split(' ')
        return when (words[0]) {
            "records" -> Route.Records
            "category" -> words.getOrNull(1)?.let(Category::named)?.let(Route::InCategory)
            "timeline" -> Route.Timeline
            "record" -> words.getOrNull(1)?.let { Route.Record(RecordId(it)) }
            "attachment" -> words.getOrNull(2)?.toIntOrNull()?.let { Route.Attachment(RecordId(words[1]), it) }
            "access" -> Route.Access
            "clinics" -> Route.Clinics
            "clinic" -> words.getOrNull(1)?.let(ClinicId::parse)?.let(Route::Clinic)
            "scan" -> Route.Scan
            "grant" -> grant(words)
            "granted" -> words.getOrNull(1)?.let { Route.Granted(GrantId(it), words.getOrNull(2)?.let(::GrantId)) }
            "share" -> Route.Share
            "log" -> Route.Log
            "add" -> Route.Add
            "sources" -> Route.Sources
            "source" -> words.getOrNull(1)?.let { Route.Source(SourceId(it)) }
            "add-source" -> Route.AddSource
            "health" -> Route.Health
            "scan-link" -> Route.ScanLink
            "paste-link" -> Route.PasteLink
            "settings" -> Route.Settings
            "setting" -> (SettingsPage.entries - NEVER_SAVED).find { it.name == words.getOrNull(1) }?.let(Route::Setting)
            else -> null
        }
    }

    private fun grant(words: List<String>): Route? {
        val clinic = words.getOrNull(1)?.let(ClinicId::parse) ?: return null
        if (words.size == 2) return Route.Grant(clinic)
        if (words.size != 7 && words.size != 10) return null
        val asked = words.getOrNull(9)?.let {
            GrantDraft.Asked(RequestId(words[7]), categories(it), (words[8].toLongOrNull() ?: return null).seconds)
        }
        val draft = GrantDraft(
            categories = categories(words[6]),
            purpose = Purpose.coded(words[2]) ?: return null,
            duration = (words[3].toLongOrNull() ?: return null).seconds,
            isNamed = words[4].toBooleanStrictOrNull() ?: return null,
            isReviewing = words[5].toBooleanStrictOrNull() ?: return null,
            asked = asked,
        )
        return Route.Grant(clinic, draft)
    }

    private fun categories(names: String) = names.split(',').mapNotNull(Category::named).toSet()
}
