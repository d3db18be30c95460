// Who belongs to a room.

import { api } from "../../api.js";
import { fill, h, nameText } from "../../dom.js";
import { avatar } from "../../shell/avatar.js";

/** More are counted, not shown. */
const SHOWN = 200;

const ROLES = { owner: "Owner", moderator: "Moderator", member: "" };

export function membersView(place, { state, failed }, entry) {
  let loading = false;

  const load = async () => {
    loading = true;
    try {
      entry.members = await api.members(entry.room.id);
      entry.room.member_count = entry.members.length;
      state.changed(entry.room.id);
    } catch (error) {
      failed(error);
    } finally {
      loading = false;
    }
  };

  const renew = () => {
    if (place.hidden) return;
    if (!entry.members) {
      if (!loading) load();
      return;
    }
    const people = entry.members
      .map(({ user, role }) => ({ user, role, name: state.nameOf(user), online: state.online.has(user) }))
      .sort((one, other) => other.online - one.online || one.name.localeCompare(other.name));
    fill(place,
      h("h2", {}, `Members (${people.length.toLocaleString()})`),
      h("ul", {}, people.slice(0, SHOWN).map(({ user, role, name, online }) =>
        h("li", {},
          avatar({ id: user, name, online }), h("span.grow", {}, nameText(name)), h("small", {}, ROLES[role])))),
      people.length > SHOWN && h("p.quiet", {}, `and ${(people.length - SHOWN).toLocaleString()} more`));
  };

  return { renew };
}
