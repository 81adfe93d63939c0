package org.keepwell.app

import android.content.Context
import org.json.JSONArray
import org.json.JSONObject

/** The work of others that is in the app, by name; dev.d/licences writes what is read here. */
data class Licences(val parts: List<LicencedPart>) {
    companion object {
        /** Reads what the app brings. */
        fun read(context: Context): Licences {
            val read = JSONObject(context.resources.openRawResource(R.raw.licences).use { it.readBytes().decodeToString() })
            val texts = read.getJSONArray("texts").let { all -> List(all.length()) { all.getString(it) } }
            return Licences(
                read.getJSONArray("parts").objects().map { part ->
                    val numbers = part.getJSONArray("texts").let { all -> List(all.length()) { all.getInt(it) } }
                    LicencedPart(part.getString("name"), part.getString("version"), part.getString("licence"), part.getString("source"), numbers.map(texts::get))
                },
            )
        }

        private fun JSONArray.objects() = List(length()) { getJSONObject(it) }
    }
}

/** The work of somebody: what it is, under which licence, where its source is, and the notices that belong to it. */
data class LicencedPart(val name: String, val version: String, val licence: String, val source: String, val notices: List<String>)
